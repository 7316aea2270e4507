/**
 * Everything a page asks of the server: `/v1/…`, and nothing else.
 *
 * A call that finds the session ended waits until the same person has signed in again over the page, and then is
 * made once more: pages know nothing of it. All reject with `Refused` or `Unreachable` (`trouble.ts` says both).
 */
import type { Login, Me, Session } from '@contract/generated/contract';
import { Http, refusal } from '@shared/protocol/http';
import { Refused } from '@shared/protocol/ports';
import { language } from '@shared/words/i18n';
import { begin, end, renewed, session } from './session';

/** What is `undefined` or empty is left out; `null` is sent as empty, where that means something. */
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

interface Call {
  readonly method?: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** A file that is sent as it is. */
  readonly content?: Blob;
  readonly type?: string;
  readonly signal?: AbortSignal;
}

const http = new Http(
  async () => ({ server: '', token: session.peek()?.token ?? '' }),
  (input, init) => fetch(input, init),
  () => language.peek(),
);

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  json<T>(path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });

export const post = <T = void>(path: string, body: unknown = {}): Promise<T> => json<T>(path, { method: 'POST', body });

export const put = <T = void>(path: string, body?: unknown): Promise<T> => json<T>(path, { method: 'PUT', body });

export const patch = <T = void>(path: string, body: unknown): Promise<T> => json<T>(path, { method: 'PATCH', body });

export const remove = <T = void>(path: string): Promise<T> => json<T>(path, { method: 'DELETE' });

/** A file: a picture, a sheet, an export. Such answers never change under one address and may come from the cache. */
export async function file(path: string, query?: Query, signal?: AbortSignal): Promise<Blob> {
  const answer = await call(path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) }, 'default');
  return answer.blob();
}

/** Any answer that is a success, for what is neither JSON nor a file to keep. */
export async function call(path: string, asked: Call, cache: RequestCache = 'no-store'): Promise<Response> {
  for (;;) {
    const token = session.peek()?.token;
    const answer = await http.request(`${path}${search(asked.query)}`, { ...request(asked), cache });
    if (answer.ok) return answer;
    const why = await refusal(answer);
    const over = why instanceof Refused && why.code === 'identity.unauthenticated';
    if (!over || !token) throw why;
    await renewed(token);
  }
}

/** Sign in; false where another person than before did. Rejects with `Refused` and, where one must wait, `Unreachable`. */
export async function signIn(login: Login): Promise<boolean> {
  const given = await http.ask<Session>('/v1/login', login, { server: '', token: '' });
  return begin(login, given);
}

/** Sign out here and on the server; what the server says to it does not matter. */
export async function signOut(): Promise<void> {
  const token = session.peek()?.token;
  end();
  if (token) await http.request('/v1/logout', { method: 'POST' }, { server: '', token }).catch(() => {});
}

export const whoAmI = (): Promise<Me> => get<Me>('/v1/me');

async function json<T>(path: string, asked: Call): Promise<T> {
  const answer = await call(path, asked);
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function request({ method, body, content, type, signal }: Call): RequestInit {
  return {
    method: method ?? 'GET',
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    ...(content ? { body: content, headers: { 'Content-Type': type ?? content.type } } : {}),
    ...(signal ? { signal } : {}),
  };
}

function search(query: Query = {}): string {
  const kept = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value === null ? '' : String(value)]],
  );
  return kept.length > 0 ? `?${new URLSearchParams(kept)}` : '';
}
