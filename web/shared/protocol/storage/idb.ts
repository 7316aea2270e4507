/** The durable storage: IndexedDB, one transaction for each step. */

import type { Receipt } from '@contract/generated/contract';
import { type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import {
  BLANK,
  type Copy,
  type KeptFile,
  type KeptOp,
  type Memory,
  NoSpace,
  type Storage,
  type Writing,
} from '../ports';
import { cited } from './memory';
import { type CopyRow, markOf, type OpRow, STORES, type Tables, upgrade, VERSION } from './schema';

const MEMORY = 'memory';

/** Another tab runs a newer app, which has changed the database: reload. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}

export class IdbStorage implements Storage {
  private opened: Promise<IDBPDatabase<Tables>> | undefined;

  constructor(private readonly name: string) {}

  async read<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    const tx = (await this.database()).transaction(STORES, 'readonly');
    return await work(new Steps(tx as unknown as Running));
  }

  async write<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    // Strict: what was promised to be kept survives an empty battery.
    const tx = (await this.database()).transaction(STORES, 'readwrite', { durability: 'strict' });
    const done = tx.done.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    try {
      const result = await work(new Steps(tx as unknown as Running));
      const failed = await done;
      if (failed) throw failed.error;
      return result;
    } catch (error) {
      try {
        tx.abort();
      } catch {} // it is over already
      await done;
      throw named(error);
    }
  }

  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = undefined;
    (await opened?.catch(() => undefined))?.close();
  }

  private database(): Promise<IDBPDatabase<Tables>> {
    this.opened ??= openDB<Tables>(this.name, VERSION, {
      upgrade: (db, from, to, tx) => upgrade(db, from, to ?? VERSION, tx),
      // Another tab wants to upgrade, or the browser closed it: let go, and open anew when next asked.
      blocking: () => void this.close(),
      terminated: () => {
        this.opened = undefined;
      },
    }).catch((error: unknown) => {
      this.opened = undefined;
      throw named(error);
    });
    return this.opened;
  }
}

function named(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  if (error.name === 'VersionError') return new Outdated(error.message);
  return error.name === 'QuotaExceededError' ? new NoSpace(error.message) : error;
}

type Running = IDBPTransaction<Tables, typeof STORES, 'readwrite'>;

const rowOf = ({ ...op }: KeptOp): OpRow => {
  const { open: _, unsettled: __, ...bare } = op as OpRow;
  if (bare.receipt) return bare;
  return { ...bare, unsettled: bare.n, ...(bare.held === undefined ? { open: bare.n } : {}) };
};

const byN = (rows: OpRow[]): OpRow[] => rows.sort((a, b) => a.n - b.n);

class Steps implements Writing {
  constructor(private readonly tx: Running) {}

  private readonly ops = () => this.tx.objectStore('ops');
  private readonly table = () => this.tx.objectStore('copies');

  async memory(): Promise<Memory> {
    return { ...BLANK, ...((await this.note(MEMORY)) as Memory | undefined) };
  }
  pending(limit: number) {
    return this.ops().index('open').getAll(null, limit);
  }
  unsettled() {
    return this.ops().index('unsettled').getAll();
  }
  async opsOf(record: string) {
    return byN(await this.ops().index('record').getAll(record));
  }
  async answered() {
    return byN(await this.ops().index('settled').getAll());
  }
  copy(record: string) {
    return this.table().get(record);
  }
  async copies({ kind, scope }: { kind?: string; scope?: string }): Promise<Copy[]> {
    if (scope && !kind) return this.table().index('scope').getAll(scope);
    if (!kind) return this.table().getAll();
    const found = await this.table()
      .index('place')
      .getAll(scope ? IDBKeyRange.only([kind, scope]) : IDBKeyRange.bound([kind], [kind, []]));
    return scope ? found : found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
  async marks(scope: string) {
    const keys = await this.tx.objectStore('marks').getAllKeys(IDBKeyRange.bound([scope], [scope, []]));
    return keys.map(([, id, rev, digest]) => ({ id, rev, digest }));
  }
  citing(sha256: string) {
    return this.table().index('cited').getAll(sha256);
  }
  files() {
    return this.tx.objectStore('files').getAll();
  }
  file(sha256: string) {
    return this.tx.objectStore('files').get(sha256);
  }
  blob(sha256: string) {
    return this.tx.objectStore('blobs').get(sha256);
  }
  note(key: string) {
    return this.tx.objectStore('notes').get(key);
  }
  notes(prefix: string) {
    return this.tx.objectStore('notes').getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }

  remember(memory: Memory) {
    return this.setNote(MEMORY, memory);
  }
  async enqueue(op: KeptOp) {
    await this.ops().add(rowOf(op));
  }
  settle(opId: string, receipt: Receipt, at: number) {
    return this.change(opId, ({ held: _, ...op }) => ({ ...op, receipt, settled: at }));
  }
  hold(opId: string, why: string | undefined) {
    return this.change(opId, ({ held: _, ...op }) => (why === undefined ? op : { ...op, held: why }));
  }
  async requeue() {
    const answered = await this.answered();
    for (const { receipt: _, settled: __, ...bare } of answered) await this.ops().put(rowOf(bare));
    return answered.length;
  }
  async prune(before: number) {
    const old = await this.ops().index('settled').getAllKeys(IDBKeyRange.upperBound(before, true));
    await Promise.all(old.map((opId) => this.ops().delete(opId)));
  }
  dropOp(opId: string) {
    return this.ops().delete(opId);
  }
  async putCopy(copy: Copy) {
    await this.unmark(copy.id);
    const row: CopyRow = { ...copy, cited: cited(copy) };
    await Promise.all([this.table().put(row), this.tx.objectStore('marks').put(true, markOf(copy))]);
  }
  async dropCopies(records: Iterable<string>) {
    const drop = async (record: string) => {
      await this.unmark(record);
      await this.table().delete(record);
    };
    await Promise.all([...records].map(drop));
  }
  async putFile(file: KeptFile, blob?: Blob) {
    await this.tx.objectStore('files').put(file);
    if (blob) await this.tx.objectStore('blobs').put(blob, file.sha256);
  }
  async dropFile(sha256: string) {
    await this.tx.objectStore('files').delete(sha256);
    await this.tx.objectStore('blobs').delete(sha256);
  }
  async setNote(key: string, value: unknown) {
    const notes = this.tx.objectStore('notes');
    if (value === undefined) await notes.delete(key);
    else await notes.put(value, key);
  }
  async wipe() {
    for (const store of STORES) await this.tx.objectStore(store).clear();
  }

  private async unmark(record: string) {
    const before = await this.table().get(record);
    if (before) await this.tx.objectStore('marks').delete(markOf(before));
  }

  private async change(opId: string, how: (op: KeptOp) => KeptOp) {
    const row = await this.ops().get(opId);
    if (row) await this.ops().put(rowOf(how(row)));
  }
}
