/** Storage in memory, for tests: it passes what the durable one passes. */
import type { Receipt } from '@contract/generated/contract';
import { BLANK, type Copy, type KeptFile, type KeptOp, type Memory, type Storage, type Writing } from '../ports';

interface State {
  memory: Memory;
  ops: Map<string, KeptOp>;
  copies: Map<string, Copy>;
  files: Map<string, KeptFile>;
  blobs: Map<string, Blob>;
  notes: Map<string, unknown>;
}

const blank = (): State => ({
  memory: BLANK,
  ops: new Map(),
  copies: new Map(),
  files: new Map(),
  blobs: new Map(),
  notes: new Map(),
});

const cloned = (state: State): State => ({
  memory: state.memory,
  ops: new Map(state.ops),
  copies: new Map(state.copies),
  files: new Map(state.files),
  blobs: new Map(state.blobs),
  notes: new Map(state.notes),
});

export class MemoryStorage implements Storage {
  private state = blank();
  private writers: Promise<unknown> = Promise.resolve();

  read<T>(work: (tx: MemoryTransaction) => Promise<T>): Promise<T> {
    return work(new MemoryTransaction(this.state));
  }

  write<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    const turn = this.writers.then(async () => {
      const next = cloned(this.state);
      const result = await work(new MemoryTransaction(next));
      this.state = next;
      return result;
    });
    this.writers = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {}
}

const byN = (ops: Iterable<KeptOp>): KeptOp[] => [...ops].sort((a, b) => a.n - b.n);

function byKey<T>(items: ReadonlyMap<string, T>, wanted: (item: T) => boolean): T[] {
  const keys = [...items.keys()].sort();
  return keys.map((key) => items.get(key) as T).filter(wanted);
}

class MemoryTransaction implements Writing {
  constructor(private readonly state: State) {}

  async memory() {
    return this.state.memory;
  }
  async pending(limit: number) {
    return byN(this.state.ops.values())
      .filter((op) => !op.receipt && op.held === undefined)
      .slice(0, limit);
  }
  async unsettled() {
    return byN(this.state.ops.values()).filter((op) => !op.receipt);
  }
  async opsOf(record: string) {
    return byN(this.state.ops.values()).filter((op) => op.record === record);
  }
  async answered() {
    return byN(this.state.ops.values()).filter((op) => op.receipt);
  }
  async copy(record: string) {
    return this.state.copies.get(record);
  }
  async copies(of: { kind?: string; scope?: string }) {
    const { kind, scope } = of;
    const wanted = (copy: Copy) => (!kind || copy.kind === kind) && (!scope || copy.scope === scope);
    return byKey(this.state.copies, wanted);
  }
  async marks(scope: string) {
    return (await this.copies({ scope })).map(({ id, rev, digest }) => ({ id, rev, digest }));
  }
  async citing(sha256: string) {
    return byKey(this.state.copies, (copy) => cited(copy).includes(sha256));
  }
  async files() {
    return byKey(this.state.files, () => true);
  }
  async file(sha256: string) {
    return this.state.files.get(sha256);
  }
  async blob(sha256: string) {
    return this.state.blobs.get(sha256);
  }
  async note(key: string) {
    return this.state.notes.get(key);
  }
  async notes(prefix: string) {
    return [...this.state.notes.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async remember(memory: Memory) {
    this.state.memory = memory;
  }
  async enqueue(op: KeptOp) {
    if (this.state.ops.has(op.opId)) throw new DOMException(op.opId, 'ConstraintError');
    this.state.ops.set(op.opId, op);
  }
  async settle(opId: string, receipt: Receipt, at: number) {
    this.change(opId, ({ held: _, ...op }) => ({ ...op, receipt, settled: at }));
  }
  async hold(opId: string, why: string | undefined) {
    this.change(opId, ({ held: _, ...op }) => (why === undefined ? op : { ...op, held: why }));
  }
  async requeue() {
    const answered = [...this.state.ops.values()].filter((op) => op.receipt);
    for (const op of answered) this.change(op.opId, ({ receipt: _, settled: __, ...bare }) => bare);
    return answered.length;
  }
  async prune(before: number) {
    for (const op of this.state.ops.values()) {
      if (op.receipt && (op.settled ?? 0) < before) this.state.ops.delete(op.opId);
    }
  }
  async dropOp(opId: string) {
    this.state.ops.delete(opId);
  }
  async putCopy(copy: Copy) {
    this.state.copies.set(copy.id, copy);
  }
  async dropCopies(records: Iterable<string>) {
    for (const record of records) this.state.copies.delete(record);
  }
  async putFile(file: KeptFile, blob?: Blob) {
    this.state.files.set(file.sha256, file);
    if (blob) this.state.blobs.set(file.sha256, blob);
  }
  async dropFile(sha256: string) {
    this.state.files.delete(sha256);
    this.state.blobs.delete(sha256);
  }
  async setNote(key: string, value: unknown) {
    if (value === undefined) this.state.notes.delete(key);
    else this.state.notes.set(key, structuredClone(value));
  }
  async wipe() {
    Object.assign(this.state, blank());
  }

  private change(opId: string, how: (op: KeptOp) => KeptOp) {
    const op = this.state.ops.get(opId);
    if (op) this.state.ops.set(opId, how(op));
  }
}

/** The files that a copy's itemised receipt names. */
export function cited(copy: Copy): string[] {
  const files = copy.server.files;
  return Array.isArray(files) ? files.map((item) => String((item as { sha256?: unknown }).sha256)) : [];
}
