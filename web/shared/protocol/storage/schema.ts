/**
 * The database of the phone, version by version. A landed step is never changed: phones in the field are at any of
 * them, and `tests/protocol/fixtures/` keeps one of each.
 */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import type { Copy, KeptFile, KeptOp } from '../ports';

/** `open` is `n` while the op is to be sent, `unsettled` while it has no receipt: indexes hold only those. */
export interface OpRow extends KeptOp {
  readonly open?: number;
  readonly unsettled?: number;
}

/** `cited` are the files that its itemised receipt names. */
export interface CopyRow extends Copy {
  readonly cited: readonly string[];
}

export interface Tables extends DBSchema {
  ops: {
    key: string;
    value: OpRow;
    indexes: { open: number; unsettled: number; settled: number; record: string };
  };
  copies: { key: string; value: CopyRow; indexes: { place: [string, string]; scope: string; cited: string } };
  /**
   * What the checksum of a scope is made of, as keys: [scope, id, rev, digest]. Keys are read without the bodies, and
   * each exchange reads all of a scope.
   */
  marks: { key: [string, string, number, string]; value: true };
  files: { key: string; value: KeptFile };
  /** Apart from `files`, so that noting the state of one moves no bytes. */
  blobs: { key: string; value: Blob };
  /** The replica's memory, the account, drafts: whatever is found by a name. */
  notes: { key: string; value: unknown };
}

export const STORES = ['ops', 'copies', 'marks', 'files', 'blobs', 'notes'] as const satisfies StoreNames<Tables>[];
export type Upgrade = IDBPTransaction<Tables, StoreNames<Tables>[], 'versionchange'>;

export const markOf = (copy: Copy): Tables['marks']['key'] => [copy.scope, copy.id, copy.rev, copy.digest];

const STEPS: readonly ((db: IDBPDatabase<Tables>, tx: Upgrade) => Promise<void>)[] = [
  async (db) => {
    const ops = db.createObjectStore('ops', { keyPath: 'opId' });
    for (const index of ['open', 'unsettled', 'settled', 'record'] as const) ops.createIndex(index, index);
    const copies = db.createObjectStore('copies', { keyPath: 'id' });
    copies.createIndex('place', ['kind', 'scope']);
    copies.createIndex('scope', 'scope');
    copies.createIndex('cited', 'cited', { multiEntry: true });
    db.createObjectStore('files', { keyPath: 'sha256' });
    db.createObjectStore('blobs');
    db.createObjectStore('notes');
  },
  async (db, tx) => {
    const marks = db.createObjectStore('marks');
    for (const copy of await tx.objectStore('copies').getAll()) await marks.put(true, markOf(copy));
  },
];

export const VERSION = STEPS.length;

/** Bring a database from version `from` to `to`. */
export async function upgrade(db: IDBPDatabase<Tables>, from: number, to: number, tx: Upgrade): Promise<void> {
  for (const step of STEPS.slice(from, to)) await step(db, tx);
}
