/**
 * The files of a phone: kept before the record that cites them, sent until the server has them, deleted only against
 * the itemised receipts on the feed.
 */

import type { BlobsHeld, FileReceipt } from '@contract/generated/contract';
import { sha256 as hasher } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Access, Http } from './http';
import { type Copy, type KeptFile, type Reading, Refused, type Storage, Unreachable, type Writing } from './ports';
import { sendFile } from './tus';
import type { Nature } from './work';

const HAVE_AT_ONCE = 500;
/** A file that is all there and still `expected` after so long may have been found to be another one: ask again. */
const DOUBT_MS = 60_000;
const DAY = 86_400_000;
/** Read at once for hashing; what is longer is read in pieces. */
const AT_ONCE = 64 << 20;
const PIECE = 4 << 20;

/** Keep a file durably and queue it for sending. Gives its SHA-256; rejects with `NoSpace`. */
export async function keepFile(storage: Storage, nature: Nature, file: Blob, name: string): Promise<string> {
  const { sha256, blob } = await hashed(file);
  await storage.write(async (tx) => {
    const there = await tx.file(sha256);
    if (there) return;
    const { size, type } = blob;
    await tx.putFile({ sha256, name, type: type || 'application/octet-stream', size, keptAt: nature.now() }, blob);
  });
  return sha256;
}

/** The digest, and the very bytes it is of. */
export async function hashed(file: Blob): Promise<{ sha256: string; blob: Blob }> {
  if (file.size <= AT_ONCE) {
    const bytes = await file.arrayBuffer();
    const digest = globalThis.crypto?.subtle
      ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
      : hasher(new Uint8Array(bytes));
    return { sha256: bytesToHex(digest), blob: new Blob([bytes], { type: file.type }) };
  }
  const hash = hasher.create();
  for (let start = 0; start < file.size; start += PIECE) {
    hash.update(new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer()));
  }
  return { sha256: bytesToHex(hash.digest()), blob: file.slice(0, file.size, file.type) };
}

/** What the receipts of all records that cite a file say of it. */
async function said(tx: Reading, sha256: string): Promise<Set<string>> {
  const states = (copy: Copy) =>
    (copy.server.files as unknown as FileReceipt[]).filter((item) => item.sha256 === sha256).map((item) => item.state);
  return new Set((await tx.citing(sha256)).flatMap(states));
}

/** Take from the feed which files are safe, and which must be sent again (`restored`: the server forgot things). */
export async function readReceipts(tx: Writing, now: string, restored: boolean): Promise<void> {
  for (const file of await tx.files()) {
    const next = judgedFile(file, await said(tx, file.sha256), now, restored);
    if (next !== file) await tx.putFile(next);
  }
}

export function judgedFile(file: KeptFile, states: ReadonlySet<string>, now: string, restored: boolean): KeptFile {
  const { sent, safe, upload, ...unsent } = file;
  if (states.size === 1 && states.has('stored')) {
    return safe && !restored ? file : { ...file, sent: sent ?? now, safe: now };
  }
  const told = upload === undefined && states.has('expected'); // it was told that this need not be sent
  if (safe !== undefined || (sent !== undefined && (restored || told))) return unsent;
  const doubtful = sent !== undefined && states.has('expected') && Date.parse(now) - Date.parse(sent) > DOUBT_MS;
  return doubtful && upload !== undefined ? { ...unsent, upload } : file;
}

/**
 * Delete the copies that have been safe for as long as ops are kept for replay: a restored server may want both. Where
 * room is short, all that are safe.
 */
export async function free(tx: Writing, now: string, replayDays: number, short: boolean): Promise<string[]> {
  const gone: string[] = [];
  for (const file of await tx.files()) {
    const since = file.safe === undefined ? Number.NaN : Date.parse(now) - Date.parse(file.safe);
    if (!(since >= (short ? 0 : replayDays * DAY))) continue;
    await tx.dropFile(file.sha256);
    gone.push(file.sha256);
  }
  return gone;
}

export interface Watching {
  progress(sha256: string, sent: number | undefined): void;
  failed(sha256: string, why: unknown): void;
  readonly signal?: AbortSignal;
}

export class FileSender {
  constructor(
    private readonly storage: Storage,
    private readonly http: Http,
    private readonly access: () => Promise<Access | undefined>,
    private readonly nature: Nature,
  ) {}

  /**
   * Send every file that the server does not have; the number that is there now. A file that is refused is noted and
   * passed over; `again` tries those too. Rejects with `Unreachable` at the first that does not get through.
   */
  async sendAll(watching: Watching, again = false): Promise<number> {
    const there = await this.already();
    let done = 0;
    for (const file of await this.toSend(again)) {
      const access = await this.access();
      if (!access) return done;
      if (!there.has(file.sha256) && !(await this.send(file, access, watching))) continue;
      await this.note(file.sha256, ({ refused: _, ...now }) => ({ ...now, sent: this.nature.now() }));
      done += 1;
    }
    return done;
  }

  private async send(file: KeptFile, access: Access, watching: Watching): Promise<boolean> {
    const blob = await this.storage.read((tx) => tx.blob(file.sha256));
    if (!blob) return false;
    watching.progress(file.sha256, 0);
    try {
      await sendFile(file, blob, access, {
        at: (upload) => this.note(file.sha256, (now) => ({ ...now, upload })),
        progress: (sent) => watching.progress(file.sha256, sent),
        ...(watching.signal ? { signal: watching.signal } : {}),
      });
      return true;
    } catch (error) {
      watching.failed(file.sha256, error);
      // This device is not let in, or may send nothing more: that is not about this file.
      if (!(error instanceof Refused) || error.status === 401 || error.status === 403) throw error;
      await this.note(file.sha256, (now) => ({ ...now, refused: error.code }));
      return false;
    } finally {
      watching.progress(file.sha256, undefined);
    }
  }

  private toSend(again: boolean): Promise<KeptFile[]> {
    const due = (file: KeptFile) => file.sent === undefined && (again || file.refused === undefined);
    return this.storage.read(async (tx) => (await tx.files()).filter(due));
  }

  /** Ask which files need not be sent. Those that a receipt expects must be: the citation waits for them. */
  private async already(): Promise<Set<string>> {
    const fresh = await this.storage.read(async (tx) => {
      const files = (await tx.files()).filter((file) => file.sent === undefined && file.upload === undefined);
      const expected = await Promise.all(files.map(async (file) => (await said(tx, file.sha256)).has('expected')));
      return files.filter((_, index) => !expected[index]).map((file) => file.sha256);
    });
    const there = new Set<string>();
    for (let start = 0; start < fresh.length; start += HAVE_AT_ONCE) {
      const body = { sha256: fresh.slice(start, start + HAVE_AT_ONCE) };
      try {
        for (const sha256 of (await this.http.ask<BlobsHeld>('/v1/blobs/have', body)).sha256) there.add(sha256);
      } catch (error) {
        if (error instanceof Unreachable) throw error; // else nothing is known, and sending is always right
      }
    }
    return there;
  }

  private note(sha256: string, how: (file: KeptFile) => KeptFile): Promise<void> {
    return this.storage.write(async (tx) => {
      const file = await tx.file(sha256);
      if (file) await tx.putFile(how(file));
    });
  }
}
