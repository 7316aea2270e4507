/** What the replica needs of the world: a place to keep things, and a way to send bytes (`sync/ports.py`). */
import type { AnyOp, Cursor, Limits, Receipt, Upsert, Values } from '@contract/generated/contract';
import { DEFAULT_LIMITS } from '@contract/generated/contract';
import type { Mark } from './checksum';

/** An op as it is kept: encoded once, so that what is resent is byte for byte what was sent. */
export interface KeptOp {
  readonly opId: string;
  readonly n: number;
  readonly record: string;
  readonly unit: string | null;
  readonly raw: string;
  readonly receipt?: Receipt;
  /** When the receipt was given (server time, ms). */
  readonly settled?: number;
  /** Why it is out of the queue without a receipt. */
  readonly held?: string;
}

export const opOf = (kept: KeptOp): AnyOp => JSON.parse(kept.raw) as AnyOp;

/** The server's copy of a record, as the last feed entry gave it. `sweep` is the count of listings by then. */
export interface Copy extends Mark {
  readonly kind: string;
  readonly scope: string;
  readonly seq: number;
  readonly values: Values;
  readonly server: Values;
  readonly sweep: number;
}

export function copyOf(entry: Upsert, sweep: number): Copy {
  const { kind, id, scope, seq, rev, digest, values, server } = entry;
  return { kind, id, scope, seq, rev, digest, values, server, sweep };
}

/** What the server last said of this device: `revoked` sends what it has and takes no work; `wiped` is over. */
export type Trust = 'full' | 'revoked' | 'wiped';

/** What a replica remembers between exchanges. */
export interface Memory {
  readonly nextN: number;
  readonly cursor: Cursor;
  readonly clockOffsetMs?: number;
  readonly batch: number;
  /** Listings begun so far; `sweeping`: by scope, the number of the listing before which copies are stale. */
  readonly sweep: number;
  readonly sweeping: Readonly<Record<string, number>>;
  readonly trust: Trust;
  readonly limits: Required<Limits>;
  /** The number that was used elsewhere: nothing more is sent under this replica. */
  readonly forkedAt?: string;
}

export const BLANK: Memory = {
  nextN: 1,
  cursor: {},
  batch: 100,
  sweep: 0,
  sweeping: {},
  trust: 'full',
  limits: DEFAULT_LIMITS,
};

/** A file that a record cites, kept until its receipt and as long again as ops are. Instants are device time. */
export interface KeptFile {
  readonly sha256: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly keptAt: string;
  /** Where its upload goes on. */
  readonly upload?: string;
  /** When every byte had arrived, as far as this phone knows. */
  readonly sent?: string;
  /** Since when every receipt that cites it says `stored`. */
  readonly safe?: string;
  /** A problem code with which the server refused it for good. */
  readonly refused?: string;
}

/** What can be read in a transaction. Lists are in the order of their key. */
export interface Reading {
  memory(): Promise<Memory>;
  /** The oldest ops that have no receipt and are not held, by `n`. */
  pending(limit: number): Promise<KeptOp[]>;
  /** All ops without a receipt, held ones too, by `n`. */
  unsettled(): Promise<KeptOp[]>;
  /** All ops that are kept on one record, by `n`. */
  opsOf(record: string): Promise<KeptOp[]>;
  /** All ops that are kept and were answered, by `n`. */
  answered(): Promise<KeptOp[]>;
  copy(record: string): Promise<Copy | undefined>;
  copies(of: { kind?: string; scope?: string }): Promise<Copy[]>;
  /** What the checksum of a scope is made of, by id. */
  marks(scope: string): Promise<Mark[]>;
  /** Copies whose itemised receipts (`server.files`) name a file. */
  citing(sha256: string): Promise<Copy[]>;
  files(): Promise<KeptFile[]>;
  file(sha256: string): Promise<KeptFile | undefined>;
  blob(sha256: string): Promise<Blob | undefined>;
  /** Notes of the app: the account, drafts, what was last heard of projects. */
  note(key: string): Promise<unknown>;
  notes(prefix: string): Promise<string[]>;
}

export interface Writing extends Reading {
  remember(memory: Memory): Promise<void>;
  enqueue(op: KeptOp): Promise<void>;
  /** Keep the receipt of an op; the op stays for replay after a restore of the server. */
  settle(opId: string, receipt: Receipt, at: number): Promise<void>;
  /** Take an op out of the queue without losing it, or (undefined) put it back. */
  hold(opId: string, why: string | undefined): Promise<void>;
  /** Put every op that was answered and is still kept back into the queue; their number. */
  requeue(): Promise<number>;
  /** Forget the ops whose receipts were given before that (ms). */
  prune(before: number): Promise<void>;
  /** Forget an op altogether: only to queue it anew under another replica. */
  dropOp(opId: string): Promise<void>;
  putCopy(copy: Copy): Promise<void>;
  dropCopies(records: Iterable<string>): Promise<void>;
  /** Keep a file and, when given, its bytes. */
  putFile(file: KeptFile, blob?: Blob): Promise<void>;
  dropFile(sha256: string): Promise<void>;
  setNote(key: string, value: unknown): Promise<void>;
  /** Forget everything, queue, files, notes and memory too. */
  wipe(): Promise<void>;
}

/**
 * Durable storage. What happens inside `write` happens whole or not at all, is durable when its promise is kept, and
 * is seen by every later `read`. `work` waits for nothing but the transaction it is given.
 */
export interface Storage {
  read<T>(work: (tx: Reading) => Promise<T>): Promise<T>;
  write<T>(work: (tx: Writing) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Carries one exchange, or one question of a repair. Rejects with one of the errors below. */
export interface Transport {
  exchange(body: string): Promise<string>;
  buckets(body: string): Promise<string>;
}

/** It did not come back whole: no network, a cut link, a truncated answer, a busy server. Try again later. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  constructor(
    message: string,
    /** The server asked not to be asked before so many milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** The server could not read the body at all (400, 413, 422): send less. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** The server will hear no more of this device, or it was revoked and takes no work. */
export class Dismissed extends Error {
  override readonly name = 'Dismissed';
}

/** The server said no, with a code of `problems.json`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly code: string,
    readonly params: Readonly<Record<string, string>> = {},
  ) {
    super(`${status} ${code}`);
  }
}

/** The device has no room left: nothing of this step was kept. */
export class NoSpace extends Error {
  override readonly name = 'NoSpace';
}

/** There is no such record here. */
export class Unknown extends Error {
  override readonly name = 'Unknown';
}
