/**
 * The phone as the screens see it. Everything a person does is durable before its promise is kept, and nothing here
 * waits for the network but `enrol`, `exchange` and `ask`.
 *
 *     const phone = await openPhone();                      // './open'
 *     phone.status.subscribe((now) => show(now.queue));
 *     const photo = await phone.keep(file, file.name);
 *     await phone.create('photo', scope, { blob: photo, captured: phone.captured() });
 */
import type {
  FieldFlag,
  Grant,
  Kind,
  Kinds,
  Notice,
  Outcome,
  Project,
  Value,
  Values,
} from '@contract/generated/contract';

/** A value that changes: what it is now, and a call for each time that it is another. Ends with what it gives back. */
export interface Watched<T> {
  readonly value: T;
  subscribe(listener: (value: T) => void): () => void;
}

/**
 * - `none`: no person is enrolled here.
 * - `full`: work as usual.
 * - `revoked`: takes no new work, hands in what it has, then wipes itself.
 * - `wiped`: the server had everything wiped; enrol anew.
 */
export type Standing = 'none' | 'full' | 'revoked' | 'wiped';

/**
 * A code of `problems.json` with its parameters: the sentence is found by it. The phone's own codes are in
 * `problem.ts`: `phone.unreachable`, `phone.no_space`, `phone.outdated`, `phone.unsent`, `phone.dismissed`,
 * `phone.failed`. `problemOf(error)` gives the one of whatever a promise here was rejected with.
 */
export interface Problem {
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface Account {
  readonly server: string;
  readonly person: string;
  readonly name: string;
  readonly replica: string;
  readonly device: string;
  readonly grants: readonly Grant[];
  /** Every scope whose feed may be read: sections, projects, and the person's own. */
  readonly scopes: readonly string[];
}

/** An op that the server could not even read: out of the queue, kept, and shown with what it said. */
export interface HeldOp {
  readonly opId: string;
  readonly record: string;
  readonly action: string;
  readonly at: string;
  readonly why: string;
}

/** - `waiting`: bytes still to go; `sending`; `sent`: there, not yet in a receipt; `safe`: in the receipt. */
export type FileStanding = 'waiting' | 'sending' | 'sent' | 'safe';

export interface FileProgress {
  readonly sha256: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly sent: number;
  readonly standing: FileStanding;
  readonly keptAt: string;
  /** Why the last attempt failed. */
  readonly problem?: Problem;
}

export interface Status {
  readonly standing: Standing;
  readonly account?: Account;
  /**
   * Set when the queue cannot move before the person enrols again with a new code: the token is no longer valid, or
   * this replica's numbers were used elsewhere. `enrol` then keeps the queue.
   */
  readonly enrolAgain?: Problem;
  /** Ops that have no receipt, and when the oldest was made (device time, RFC 3339). */
  readonly queue: { readonly length: number; readonly oldestAt?: string };
  readonly held: readonly HeldOp[];
  readonly files: {
    /** Kept here and not yet in a receipt of the server. */
    readonly unsafe: number;
    readonly underway: readonly FileProgress[];
    /** Copies kept here in all, and their bytes. */
    readonly kept: number;
    readonly bytes: number;
  };
  readonly exchange: {
    readonly underway: boolean;
    readonly lastAt?: string;
    readonly lastError?: Problem;
    /** When it is tried again by itself (milliseconds since 1970). */
    readonly nextAt?: number;
  };
  /** Whether the server answered the last time; undefined before the first. */
  readonly reachable?: boolean;
  /** Whether the wake-up channel is open: what happens is known at once. */
  readonly awake: boolean;
  readonly storage: { readonly usage?: number; readonly quota?: number; readonly persisted?: boolean };
  /** Server time minus device time, as last measured. */
  readonly clockOffsetMs?: number;
  /** What the server last said that a person should know: gaps, a reset cursor. */
  readonly notices: readonly Notice[];
}

/** An op on a record that has no receipt yet, or the receipt of one that was just answered. */
export interface PendingOp {
  readonly opId: string;
  readonly n: number;
  readonly action: 'create' | 'patch' | 'delete' | 'sign' | 'resolve';
  readonly at: string;
  /** Set when the op is held. */
  readonly held?: string;
}

export interface RecordView<K extends Kind = Kind> {
  readonly kind: K;
  readonly id: string;
  readonly scope: string;
  /** 0: the server has not yet said that it has it. */
  readonly rev: number;
  readonly seq: number;
  readonly digest: string;
  /** As the person sees it: the server's copy under the ops of the queue. */
  readonly values: Kinds[K]['values'];
  /** The server's copy of the values, without what is pending. */
  readonly stored?: Kinds[K]['values'];
  /** What the server says of it; missing until the record came back once. */
  readonly server?: Kinds[K]['server'];
  readonly pending: readonly PendingOp[];
  /** True when a queued op deletes it. */
  readonly removed: boolean;
}

/** What became of an op of this phone; kept for as long as ops are kept for replay. */
export interface Answered {
  readonly opId: string;
  readonly record: string;
  readonly outcome: Outcome;
  readonly code: string;
  readonly conflicts: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  /** What it set although the form does not admit it. */
  readonly warnings: readonly FieldFlag[];
}

/** New values by path (`note`, `fields/weather_am`, `fields/labour/<rowId>`, `…/count`); null removes. */
export type Changes = Readonly<Record<string, Value>>;

export type Intent =
  | { action: 'create'; kind: Kind; scope: string; values: Values; record?: string }
  /** `seen`: values by path that the person saw, where a draft was begun on other ones than are here now. */
  | { action: 'patch'; record: string; set: Changes; seen?: Changes }
  | { action: 'sign'; record: string }
  | { action: 'resolve'; record: string; value: Value }
  | { action: 'delete'; record: string };

export interface Queued {
  readonly opId: string;
  readonly record: string;
}

/** What changed: ids of records, `status`, or a draft. Empty `records`: anything may have. */
export interface Changed {
  readonly records: readonly string[];
}

export interface Phone {
  readonly status: Watched<Status>;

  records<K extends Kind>(kind: K, scope?: string): Promise<RecordView<K>[]>;
  record<K extends Kind = Kind>(id: string): Promise<RecordView<K> | undefined>;
  /** Open conflicts about a record. */
  conflicts(record: string): Promise<RecordView<'conflict'>[]>;
  /** What became of the ops on a record, oldest first. */
  answers(record: string): Promise<Answered[]>;
  /** Called after records changed, here, in another tab or in the service worker. */
  subscribe(listener: (changed: Changed) => void): () => void;

  /** Make a record. Give its id where a natural key makes it (`ids.recordId`); else a fresh one is made. */
  create<K extends Kind>(kind: K, scope: string, values: Kinds[K]['values'], record?: string): Promise<Queued>;
  patch(record: string, set: Changes): Promise<Queued>;
  /**
   * Sign what the person sees. With ops pending, the signature names the values with those applied: computed fields
   * included, so set them too before signing offline. Should the server arrive at others, the signature is parked
   * (`op.moved_since`) and is to be given again.
   */
  sign(record: string): Promise<Queued>;
  resolve(conflict: string, value: Value): Promise<Queued>;
  remove(record: string): Promise<Queued>;
  /** Several ops in one step, queued together or not at all; as a `unit` (≤ 50) the server too takes all or none. */
  together(intents: readonly Intent[], options?: { unit?: boolean }): Promise<Queued[]>;

  /** Keep a file, durably, and queue it for sending; its SHA-256. Do this before the record that cites it. */
  keep(blob: Blob, name: string): Promise<string>;
  /** Give up a file that nothing cites (a retaken picture); false when something does. */
  forget(sha256: string): Promise<boolean>;
  /** The copy kept here, if it is still here. */
  file(sha256: string): Promise<Blob | undefined>;
  files(): Promise<FileProgress[]>;
  /** The picture from here, or a thumbnail from the server; undefined when neither can be had. */
  picture(sha256: string, side?: number): Promise<Blob | undefined>;

  /** Drafts of the screens: small, local, saved on every change, gone with a wipe. They never travel. */
  draft<T = Value>(key: string): Promise<T | undefined>;
  saveDraft(key: string, value: unknown): Promise<void>;
  dropDraft(key: string): Promise<void>;
  drafts(prefix?: string): Promise<readonly string[]>;

  /** Projects with their sections as last heard, also offline. */
  projects(): Promise<readonly Project[]>;

  enrol(code: string, device: string, server?: string): Promise<void>;
  /** Refuses (`Unsent`) while anything has not reached the server; `{ force: true }` throws it away. */
  signOut(options?: { force?: boolean }): Promise<void>;
  /** Exchange now, whatever the backoff says. Rejects with `Refused` or `Unreachable`. */
  exchange(): Promise<void>;
  /** Put a held op back into the queue. */
  retryHeld(opId: string): Promise<void>;
  /** GET or POST of anything else under `/v1`, with the device's token; online only. `Refused` carries the problem. */
  ask<T>(path: string, body?: unknown): Promise<T>;
  /** Ask the browser not to evict this data; what it answered. */
  persist(): Promise<boolean>;

  /** What time it is: this phone's clock, put right by what the last exchange measured. */
  now(): Date;
  /** When and with which clock error something is captured now. */
  captured(): { at: string; clockOffsetMs?: number };
  newId(): string;
  close(): Promise<void>;
}
