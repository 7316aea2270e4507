/** The network: requests with the device's token, problems as errors, and the exchange's transport. */

import { Dismissed, Refused, type Transport, Unreachable, Unreadable } from './ports';
import { isObject } from './values';

/** An exchange over 2G may take its time; one that takes longer is taken to be cut off. */
const PATIENCE_MS = 90_000;
/** Smaller bodies are not worth compressing. */
const WORTH_PACKING = 512;

/** Whom requests go to, and as whom. The token is never logged and leaves this file only in a header. */
export interface Access {
  readonly server: string;
  readonly token: string;
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export class Http implements Transport {
  constructor(
    private readonly access: () => Promise<Access | undefined>,
    private readonly fetch: Fetch,
    private readonly language: () => string = () => 'zh-CN',
  ) {}

  exchange(body: string): Promise<string> {
    return this.sync('/v1/sync', body);
  }

  buckets(body: string): Promise<string> {
    return this.sync('/v1/sync/buckets', body);
  }

  /** GET, or POST where there is a body. Rejects with `Refused` and `Unreachable`. */
  async ask<T>(path: string, body?: unknown, access?: Access): Promise<T> {
    const init: RequestInit = body === undefined ? {} : await packed(JSON.stringify(body));
    const answer = await this.request(path, init, access);
    if (!answer.ok) throw await refusal(answer);
    return (answer.status === 204 ? undefined : await whole(answer.json())) as T;
  }

  async bytes(path: string): Promise<Blob> {
    const answer = await this.request(path, { cache: 'default' }); // named by their digest, they never change
    if (!answer.ok) throw await refusal(answer);
    return await whole(answer.blob());
  }

  /** Any request to the server, with the token unless `access` says otherwise. Rejects with `Unreachable`. */
  async request(path: string, init: RequestInit, access?: Access): Promise<Response> {
    const to = access ?? (await this.access());
    if (!to) throw new Refused(401, 'identity.unauthenticated');
    const headers = new Headers(init.headers);
    headers.set('Accept-Language', this.language());
    if (to.token) headers.set('Authorization', `Bearer ${to.token}`);
    const signal = init.signal ?? AbortSignal.timeout(PATIENCE_MS);
    return await whole(this.fetch(`${to.server}${path}`, { cache: 'no-store', ...init, headers, signal }));
  }

  private async sync(path: string, body: string): Promise<string> {
    const answer = await this.request(path, await packed(body));
    if (answer.ok) return await whole(answer.text());
    const why = await refusal(answer);
    if (why instanceof Unreachable) throw why;
    // By its code, so that nothing is wiped because some proxy on the way says 410.
    if (why.status === 410 && why.code === 'identity.device_wiped') throw new Dismissed(why.code);
    if ([400, 413, 422].includes(why.status)) throw new Unreadable(why.code);
    throw why.status === 401 || why.status === 403 ? why : new Unreachable(why.message);
  }
}

/** What an answer that is no success means: try later, or a problem of the contract. */
export async function refusal(answer: Response): Promise<Refused | Unreachable> {
  const said: unknown = await answer.json().catch(() => undefined);
  const known = isObject(said) && typeof said.code === 'string';
  return judged(answer.status, answer.headers.get('Retry-After'), known ? (said as never) : undefined);
}

export function judged(
  status: number,
  retryAfter: string | null | undefined,
  said: { code: string; params?: Readonly<Record<string, string>> } | undefined,
): Refused | Unreachable {
  const seconds = Number(retryAfter ?? Number.NaN);
  if (status === 429 || status >= 500) {
    return new Unreachable(said?.code ?? `${status}`, Number.isFinite(seconds) ? seconds * 1000 : undefined);
  }
  if (said) return new Refused(status, said.code, said.params ?? {});
  return status === 404 ? new Refused(status, 'request.not_found') : new Unreachable(`${status}`);
}

/** What a broken link makes of a request or of an answer's body. */
async function whole<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  }
}

/** A JSON body, compressed where the browser can and it pays. */
async function packed(text: string): Promise<RequestInit> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (text.length < WORTH_PACKING || typeof CompressionStream === 'undefined') {
    return { method: 'POST', headers, body: text };
  }
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const body = await new Response(stream).arrayBuffer();
  return { method: 'POST', headers: { ...headers, 'Content-Encoding': 'gzip' }, body };
}
