import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { go } from '../router';
import { t } from '../words';
import { Loading, Trouble } from './page';

/** One page of a list of the server, as a page of the desk hands it on. */
export interface Rows<T> {
  readonly rows: readonly T[];
  /** What to ask `after`; empty on the last page. */
  readonly next: string;
}

export interface Listing<T> {
  readonly rows: readonly T[];
  readonly busy: boolean;
  readonly error: unknown;
  readonly more: boolean;
  /** Ask for the next page, or for the one that failed. */
  load(): void;
  /** Begin anew. */
  reload(): void;
  /** Change what is shown, after something was done to a row. */
  change(how: (rows: readonly T[]) => readonly T[]): void;
}

interface Held<T> {
  readonly rows: readonly T[];
  readonly next: string;
  readonly started: boolean;
  readonly busy: boolean;
  readonly error: unknown;
}

const BLANK = { rows: [], next: '', started: false, busy: true, error: undefined };

/** A list by cursor: its first page now and whenever `deps` change, the next ones as they are asked for. */
export function useList<T>(ask: (after: string) => Promise<Rows<T>>, deps: readonly unknown[]): Listing<T> {
  const [held, show] = useState<Held<T>>(BLANK);
  const turn = useRef(0);
  const load = async (from: Held<T>) => {
    const mine = ++turn.current;
    show({ ...from, busy: true, error: undefined });
    try {
      const { rows, next } = await ask(from.next);
      if (mine !== turn.current) return;
      show({ rows: [...from.rows, ...rows], next, started: true, busy: false, error: undefined });
    } catch (error) {
      if (mine === turn.current) show({ ...from, busy: false, error });
    }
  };
  useEffect(() => {
    void load(BLANK);
    return () => {
      turn.current += 1;
    };
  }, deps);
  return {
    rows: held.rows,
    busy: held.busy,
    error: held.error,
    more: held.next !== '' || !held.started,
    load: () => void load(held),
    reload: () => void load(BLANK),
    change: (how) => show((now) => ({ ...now, rows: how(now.rows) })),
  };
}

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Figures: set to the right, in digits of one width. */
  readonly figure?: boolean;
  /** May be cut off at the column's end rather than break. */
  readonly short?: boolean;
}

interface Props<T> {
  readonly of: Listing<T>;
  /** What the list is, for who cannot see it. */
  readonly label: string;
  readonly columns: readonly [Column<T>, ...Column<T>[]];
  readonly id: (row: T) => string;
  /** Where a row leads: its first cell is the link, and a click anywhere on the row follows it. */
  readonly href?: (row: T) => string | undefined;
  /** What is said when there is nothing. */
  readonly empty?: ComponentChildren;
  /** Rows can be chosen, for what is done to many at once. */
  readonly picked?: ReadonlySet<string>;
  readonly onPick?: (picked: ReadonlySet<string>) => void;
}

/** A list as a table. ↑ and ↓ go from row to row, Home and End to the ends, Enter opens. */
export function List<T>(props: Props<T>) {
  const { of, columns, picked, onPick } = props;
  const [first, ...rest] = columns;
  const whole = useRef<HTMLDivElement>(null);
  const ids = of.rows.map(props.id);
  const pick = (id: string, whether: boolean) => {
    const next = new Set(picked);
    if (whether) next.add(id);
    else next.delete(id);
    onPick?.(next);
  };
  if (of.rows.length === 0) {
    if (of.error !== undefined) return <Trouble error={of.error} onAgain={of.load} />;
    return of.busy ? <Loading /> : <p class="state quiet">{props.empty ?? t('none')}</p>;
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys move between the links of the rows, which take them
    <div class="list-frame" ref={whole} onKeyDown={(event) => step(event, whole.current)}>
      <table class="table" aria-label={props.label}>
        <thead>
          <tr>
            {onPick && (
              <th class="pick">
                <input
                  type="checkbox"
                  aria-label={t('pickAll')}
                  checked={ids.every((id) => picked?.has(id))}
                  onChange={(event) => onPick(new Set(event.currentTarget.checked ? ids : []))}
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.name} scope="col" class={column.figure ? 'figure' : undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.rows.map((row) => {
            const [id, href] = [props.id(row), props.href?.(row)];
            return (
              <tr key={id} data-leads={href !== undefined} onClick={(event) => follow(event, href)}>
                {onPick && (
                  <td class="pick">
                    <input
                      type="checkbox"
                      aria-label={t('pick')}
                      checked={picked?.has(id) ?? false}
                      onChange={(event) => pick(id, event.currentTarget.checked)}
                    />
                  </td>
                )}
                <td class={first.short ? 'short' : undefined}>
                  {href === undefined ? (
                    first.cell(row)
                  ) : (
                    <a class="row-link" href={href}>
                      {first.cell(row)}
                    </a>
                  )}
                </td>
                {rest.map((column) => (
                  <td
                    key={column.name}
                    class={[column.figure && 'figure', column.short && 'short'].filter(Boolean).join(' ')}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <Trouble error={of.error} />
      <footer class="list-foot">
        <span class="quiet number">{t(of.more ? 'count.shownMore' : 'count.shown', { n: of.rows.length })}</span>
        {of.more && (
          <button type="button" class="button" disabled={of.busy} onClick={of.load}>
            {of.busy ? t('loading') : of.error === undefined ? t('more') : t('again')}
          </button>
        )}
      </footer>
    </div>
  );
}

/** A click beside the link of a row, and not on something else that is to be clicked or was selected. */
function follow(event: MouseEvent, href: string | undefined): void {
  const on = event.target instanceof Element ? event.target : null;
  if (href === undefined || on?.closest('a, button, input, label, .pick') || getSelection()?.toString()) return;
  if (event.ctrlKey || event.metaKey) open(href, '_blank', 'noopener');
  else go(href);
}

function step(event: KeyboardEvent, frame: HTMLElement | null): void {
  const links = [...(frame?.querySelectorAll<HTMLElement>('.row-link') ?? [])];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  links[Math.max(0, Math.min(to, links.length - 1))]?.focus();
}
