/**
 * Who is signed in, in every tab of this browser.
 *
 * The token lies in localStorage: a second tab and a reload need it, and sessionStorage is a tab's own. A cookie would
 * be out of the reach of scripts, but would be sent by other sites' pages as well; here the page's policy lets no
 * script run but the server's own (server/webapp.py). It ends with the session, DESK_TOKEN_HOURS after signing in.
 */
import type { Login, Session } from '@contract/generated/contract';
import { signal } from '@preact/signals';

const KEPT_AS = 'plumbline.desk.session';

export interface Kept {
  readonly token: string;
  readonly person: string;
  /** The name that was signed in with: it stands ready when the session has ended. */
  readonly login: string;
}

export const session = signal<Kept | undefined>(read());

/** The session has ended while a page is open: a dialog asks to sign in again, over the page. */
export const expired = signal(false);

/** Calls that wait for the next session. */
let waiting: { readonly again: () => void; readonly over: (why: Error) => void }[] = [];

/** A call was given up because the person who was signed in is so no more. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

/** Take a session that the server gave. Returns false where it is another person's than the page was opened by. */
export function begin(login: Login, given: Session): boolean {
  const before = session.peek();
  write({ token: given.token, person: given.person, login: login.login });
  return before === undefined || before.person === given.person;
}

/** Wait until there is another session than the one that ended; rejects with `SignedOut`. */
export function renewed(ended: string): Promise<void> {
  const now = session.peek();
  if (!now) return Promise.reject(new SignedOut());
  if (now.token !== ended) return Promise.resolve();
  expired.value = true;
  return new Promise((again, over) => waiting.push({ again, over }));
}

/** Forget the session: in this tab and, by their watching, in the others. */
export function end(): void {
  write(undefined);
}

/** Follow what other tabs do: sign in, sign out, sign in again. */
export function watchOtherTabs(): void {
  window.addEventListener('storage', (event) => {
    if (event.key === KEPT_AS || event.key === null) become(read());
  });
}

function become(now: Kept | undefined): void {
  const before = session.peek();
  session.value = now;
  if (before && now && before.person !== now.person) {
    location.reload(); // another person signed in elsewhere: nothing of the one before may stay on the screen
    return;
  }
  expired.value = false;
  const calls = waiting;
  waiting = [];
  for (const call of calls) {
    if (now) call.again();
    else call.over(new SignedOut());
  }
}

function write(now: Kept | undefined): void {
  try {
    if (now) localStorage.setItem(KEPT_AS, JSON.stringify(now));
    else localStorage.removeItem(KEPT_AS);
  } catch {
    // A private window may refuse: then the session is this tab's, until it is reloaded.
  }
  become(now);
}

function read(): Kept | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT_AS) ?? 'null');
    const { token, person, login } = (kept ?? {}) as Partial<Kept>;
    return token && person ? { token, person, login: login ?? '' } : undefined;
  } catch {
    return undefined;
  }
}
