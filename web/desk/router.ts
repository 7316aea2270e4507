import { computed, signal } from '@preact/signals';

/**
 * Where on the desk one is: the path below `/desk` and its query, so that every page and every filtered list has an
 * address that can be kept, sent, and gone back to. Links are plain `<a href>`; a click on one is taken over here.
 */
export const BASE = '/desk';

const here = signal(at());

/** The path below `/desk`: `/queue`, `/scans/018f…`. */
export const path = computed(() => here.value.path);

/** The query of the address: the filters of a list, say. */
export const query = computed(() => new URLSearchParams(here.value.search));

function at(): { path: string; search: string } {
  const { pathname = BASE, search = '' } = globalThis.location ?? {};
  return { path: below(pathname), search };
}

/** The path below `/desk`, without a slash at its end; `/` is the first page. */
export function below(pathname: string): string {
  const rest = pathname.startsWith(`${BASE}/`) ? pathname.slice(BASE.length) : '/';
  return rest === '/' ? rest : rest.replace(/\/+$/, '');
}

/** The address of a page: `to('/reports', { state: 'filed' })`. What is empty is left out. */
export function to(page: string, asked: Readonly<Record<string, string | undefined>> = {}): string {
  const kept = Object.entries(asked).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const search = new URLSearchParams(kept).toString();
  return `${BASE}${page}${search ? `?${search}` : ''}`;
}

/** Go to an address that `to` made; `replace` leaves no way back to the page before. */
export function go(address: string, replace = false): void {
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  here.value = at();
  if (!replace) scrollTo(0, 0);
}

/** Set some filters of the page one is on, without a step in the history for each. */
export function ask(asked: Readonly<Record<string, string | undefined>>): void {
  go(to(path.peek(), { ...Object.fromEntries(query.peek()), ...asked }), true);
}

/** Follow the address and the links from now on. */
export function listen(): void {
  addEventListener('popstate', () => {
    here.value = at();
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || !ours(link, event)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** Whether a click on a link means: another page of the desk, here. */
function ours(link: HTMLAnchorElement, event: MouseEvent): boolean {
  const elsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (elsewhere || event.defaultPrevented || link.target || link.hasAttribute('download')) return false;
  return link.origin === location.origin && (link.pathname === BASE || link.pathname.startsWith(`${BASE}/`));
}

/** What a pattern takes from a path: `/scans/:id` of `/scans/1` → `{ id: '1' }`; undefined where it does not fit. */
export function match(pattern: string, given: string): Readonly<Record<string, string>> | undefined {
  const [wanted, steps] = [pattern.split('/'), given.split('/')];
  if (wanted.length !== steps.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const step = steps[index] ?? '';
    if (want.startsWith(':')) found[want.slice(1)] = decode(step);
    else if (want !== step) return undefined;
  }
  return found;
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
