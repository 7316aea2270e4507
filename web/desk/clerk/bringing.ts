/**
 * A folder of files brought as scans: each file is one scan. What breaks off goes on where it stopped, by itself while the
 * page is open; chosen again later, what is there already is not sent again, and makes no second scan.
 */
import type { BroughtScan, NewScan, Upload } from '@contract/generated/contract';
import { signal } from '@preact/signals';
import { delayAfter } from '@shared/protocol/backoff';
import { hashed } from '@shared/protocol/files';
import { Refused, Unreachable } from '@shared/protocol/ports';
import { sendFile } from '@shared/protocol/tus';
import { get, post } from '../api';
import { renewed, session } from '../session';

/** Sent side by side: one file waits for the disk while another is on the wire. */
const AT_ONCE = 3;
const PACE = { firstMs: 1_000, longestMs: 15_000 };

export type State = 'waiting' | 'reading' | 'sending' | 'broken' | 'done' | 'failed';

/** One file on its way. `sent` counts bytes; `error` is why it failed, or why it waits. */
export interface Bringing {
  readonly name: string;
  readonly size: number;
  readonly scope: string;
  readonly file: File;
  readonly state: State;
  readonly sent: number;
  readonly error?: unknown;
}

/** All files of this tab, in the order in which they were chosen. It outlives the page, so that one may look elsewhere. */
export const items = signal<readonly Bringing[]>([]);

let running = 0;

/** Put files on the list; they begin at once. */
export function bring(files: readonly File[], scope: string): void {
  const named = new Set(items.peek().map(keyOf));
  const fresh = files.map(
    (file): Bringing => ({ name: pathOf(file), size: file.size, scope, file, state: 'waiting', sent: 0 }),
  );
  items.value = [...items.peek(), ...fresh.filter((one) => !named.has(keyOf(one)))];
  fill();
}

/** Try those again that failed. */
export function again(): void {
  items.value = items.peek().map((one) => (one.state === 'failed' ? { ...one, state: 'waiting', sent: 0 } : one));
  fill();
}

/** Take those off the list that are through. */
export function clear(): void {
  items.value = items.peek().filter((one) => one.state !== 'done');
}

/** Whether something is still on its way: then the tab should not be closed. */
export const underway = (list: readonly Bringing[]): boolean =>
  list.some((one) => one.state !== 'done' && one.state !== 'failed');

const keyOf = (one: Bringing) => `${one.scope} ${one.name} ${one.size} ${one.file.lastModified}`;
const pathOf = (file: File) => file.webkitRelativePath || file.name;

function fill(): void {
  while (running < AT_ONCE) {
    const next = items.peek().find((one) => one.state === 'waiting');
    if (!next) return;
    running += 1;
    set(next, { state: 'reading' });
    void through(next).finally(() => {
      running -= 1;
      fill();
    });
  }
}

function set(one: Bringing, change: Partial<Bringing>): void {
  items.value = items
    .peek()
    .map((item) => (item.file === one.file && item.scope === one.scope ? { ...item, ...change } : item));
}

/** Bring one file all the way; a broken link is tried again for as long as it takes, a refusal is not. */
async function through(one: Bringing): Promise<void> {
  let failures = 0;
  let digest: string | undefined;
  for (;;) {
    try {
      digest ??= (await hashed(one.file)).sha256;
      set(one, { state: 'sending', error: undefined });
      await deliver(one, digest, () => {
        failures = 0;
      });
      set(one, { state: 'done', sent: one.size });
      return;
    } catch (error) {
      if (!(error instanceof Unreachable)) return set(one, { state: 'failed', error });
      failures += 1;
      set(one, { state: 'broken', error });
      await new Promise((done) => setTimeout(done, delayAfter(failures, Math.random(), error.retryAfterMs, PACE)));
    }
  }
}

async function deliver(one: Bringing, sha256: string, onProgress: () => void): Promise<void> {
  const brought: NewScan = { scope: one.scope, pages: [sha256], note: one.name.slice(0, 500) };
  if (!(await isThere(sha256))) await send(one, sha256, onProgress);
  await post<BroughtScan>('/v1/scans', brought);
}

async function isThere(sha256: string): Promise<boolean> {
  const { sha256: held } = await post<{ sha256: readonly string[] }>('/v1/blobs/have', { sha256: [sha256] });
  return held.includes(sha256);
}

/** Send the bytes, from where an upload that broke off had come to. */
async function send(one: Bringing, sha256: string, onProgress: () => void): Promise<void> {
  const token = session.peek()?.token ?? '';
  const uploads = await get<readonly Upload[]>('/v1/uploads');
  const begun = uploads.find((upload) => upload.sha256 === sha256 && upload.state !== 'mismatched');
  const { name, size, file } = one;
  const kept = { sha256, name: file.name, type: file.type || 'application/octet-stream', size, keptAt: '' };
  const address = begun ? { upload: `${location.origin}/v1/uploads/${begun.id}` } : {};
  try {
    await sendFile(
      { ...kept, ...address },
      file,
      { server: '', token },
      {
        at: async () => {},
        progress: (sent) => {
          onProgress();
          set(one, { sent });
        },
      },
    );
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'identity.unauthenticated') throw error;
    await renewed(token);
    throw new Unreachable(`the session ended while ${name} was sent`, 0);
  }
}
