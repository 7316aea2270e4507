/** A server by HTTP around the world of maps: enrolment, the exchange, and uploads by tus that can be cut. */

import type { Value } from '@contract/generated/contract';
import { newId } from '@shared/protocol/ids';
import { openPhone } from '@shared/protocol/open';
import { Dismissed, type Storage } from '@shared/protocol/ports';
import { MemoryStorage } from '@shared/protocol/storage/memory';
import { vi } from 'vitest';
import { World } from './world';

interface Upload {
  readonly sha256: string;
  readonly length: number;
  bytes: Uint8Array;
}

const ORIGIN = 'http://server';

export class Site {
  readonly world = new World();
  readonly requests: string[] = [];
  readonly stored = new Map<string, Uint8Array>();
  readonly uploads = new Map<string, Upload>();
  readonly replicas: string[] = [];
  /** Enrolment codes and whose they are. */
  codes: Record<string, string> = { 'CODE-CHEN-1': 'chen', 'CODE-CHEN-2': 'chen', 'CODE-LI-1': 'li' };
  /** The next PATCH of an upload ends after so many bytes. */
  cutAfter: number | undefined;
  /** Answers given instead, by path. */
  readonly instead: Record<string, () => Response> = {};
  now = '2026-11-18T16:00:00+08:00';
  /** Write to whoever listens on the wake-up channel, or cut it. */
  ring: (text?: string) => void = () => {};
  hangUp: () => void = () => {};
  private readonly tokens = new Map<string, string>();

  /** A phone whose network is this server. */
  async phone(storage: Storage = new MemoryStorage(), running = false) {
    vi.stubGlobal('fetch', this.fetch);
    const nature = { now: () => this.now, newId };
    const phone = await openPhone({ name: newId(), storage, fetch: this.fetch, nature, running });
    return { phone, storage };
  }

  async enrolled(code = 'CODE-CHEN-1') {
    const made = await this.phone();
    await made.phone.enrol(code, '手机', ORIGIN);
    return made;
  }

  /** Know a token that a phone has from before. */
  welcome(token: string, person: string): void {
    this.tokens.set(token, person);
  }

  withdrawTokens(): void {
    this.tokens.clear();
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const path = url.replace(ORIGIN, '').replace(/\?.*/, '');
    const method = init.method ?? 'GET';
    const headers = new Headers(init.headers);
    this.requests.push(`${method} ${path}`);
    const instead = this.instead[path];
    if (instead) return instead();
    if (path === '/v1/enrol') return this.enrol(JSON.parse(String(init.body)));
    const person = this.tokens.get(headers.get('Authorization')?.slice(7) ?? '');
    if (!person) return problem(401, 'identity.unauthenticated');
    if (path.startsWith('/v1/uploads')) return this.upload(method, path, headers, init.body as Blob);
    const body = init.body ? await unpacked(init.body, headers) : '';
    try {
      switch (path) {
        case '/v1/me':
          return json({
            person,
            name: '陈建国',
            replica: this.replicas.at(-1),
            grants: [],
            scopes: this.world.scopes(person),
          });
        case '/v1/projects':
          return json({
            projects: [{ id: 'p', code: '1', name: '中山南路', lat: 0, lon: 0, timeZone: 'Asia/Shanghai' }],
          });
        case '/v1/blobs/have':
          return json({ sha256: JSON.parse(body).sha256.filter((one: string) => this.stored.has(one)) });
        case '/v1/wake':
          return this.listen(init.signal ?? undefined);
        case '/v1/sync':
          return new Response(this.world.exchange(person, body));
        case '/v1/sync/buckets':
          return new Response(this.world.buckets(person, body));
        default:
          return problem(404, 'request.not_found');
      }
    } catch (error) {
      if (error instanceof Dismissed) return problem(410, 'identity.device_wiped');
      throw error;
    }
  };

  /** What the server does when bytes arrive, or when it looks again: every record says which of its files are here. */
  issueReceipts(): void {
    for (const record of [...this.world.records.values()]) {
      const sha256 = String(record.values.blob ?? '');
      if (sha256) {
        const state = this.stored.has(sha256) ? 'stored' : 'expected';
        this.world.annotate(record.id, { files: [{ sha256, state }] as unknown as Value });
      }
    }
  }

  private listen(signal: AbortSignal | undefined): Response {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.ring = (text = 'event: wake\ndata: {}\n\n') => controller.enqueue(new TextEncoder().encode(text));
        this.hangUp = () => controller.error(new TypeError('cut'));
        signal?.addEventListener('abort', this.hangUp);
        this.ring();
      },
    });
    return new Response(stream);
  }

  private enrol(asked: { code: string; replica: string }): Response {
    const person = this.codes[asked.code];
    if (!person) return problem(422, 'identity.bad_code');
    const token = `token-${newId()}`;
    this.tokens.set(token, person);
    this.replicas.push(asked.replica);
    const session = { token, expiresAt: '2027-01-01T00:00:00Z', person, replica: asked.replica, device: newId() };
    return json(session, 201);
  }

  private async upload(method: string, path: string, headers: Headers, body: Blob): Promise<Response> {
    const tus = { 'Tus-Resumable': '1.0.0' };
    if (method === 'POST') {
      const pairs = (headers.get('Upload-Metadata') ?? '').split(',').map((pair) => pair.split(' '));
      const sha256 = atob(pairs.find(([name]) => name === 'sha256')?.[1] ?? '');
      const id = `/v1/uploads/${newId()}`;
      this.uploads.set(id, { sha256, length: Number(headers.get('Upload-Length')), bytes: new Uint8Array() });
      return new Response(null, { status: 201, headers: { ...tus, Location: id } });
    }
    const found = this.uploads.get(path);
    if (!found) return problem(404, 'request.not_found');
    const said = () => ({ ...tus, 'Upload-Offset': String(found.bytes.length), 'Upload-Length': String(found.length) });
    if (method === 'HEAD') return new Response(null, { status: 200, headers: said() });
    if (Number(headers.get('Upload-Offset')) !== found.bytes.length) return problem(409, 'media.wrong_offset');
    const sent = new Uint8Array(await body.arrayBuffer());
    const cut = this.cutAfter;
    this.cutAfter = undefined;
    found.bytes = new Uint8Array([...found.bytes, ...sent.slice(0, cut)]);
    if (cut !== undefined) throw new TypeError('network connection was lost');
    if (found.bytes.length === found.length) this.stored.set(found.sha256, found.bytes);
    return new Response(null, { status: 204, headers: said() });
  }
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ type: `urn:plumbline:problem:${code}`, status, code, params: {} }), {
    status,
    headers,
  });
}

async function unpacked(body: BodyInit, headers: Headers): Promise<string> {
  if (headers.get('Content-Encoding') !== 'gzip') return String(body);
  const stream = new Blob([body as ArrayBuffer]).stream().pipeThrough(new DecompressionStream('gzip'));
  return await new Response(stream).text();
}
