/** A phone put together: storage, network, protocol and rhythm behind one face. */
import type { Kind, Kinds, Value } from '@contract/generated/contract';
import { requestSync } from './background';
import { Engine, makeRoom } from './engine';
import { keepFile } from './files';
import { alone } from './locks';
import { assemble, type Options, type Parts } from './parts';
import type { Changed, Changes, Intent, Phone, Queued, RecordView } from './phone';
import { NoSpace } from './ports';
import { Standings } from './status';
import { answersOf, viewOf, viewsOf } from './views';
import { enqueue } from './work';

const DRAFT = 'draft/';

export async function openPhone(options: Options = {}): Promise<Phone> {
  const phone = new OpenPhone(assemble(options));
  await phone.status.refresh();
  if (options.running ?? true) phone.engine.start();
  return phone;
}

class OpenPhone implements Phone {
  readonly status: Standings;
  readonly engine: Engine;

  constructor(private readonly parts: Parts) {
    this.status = new Standings(parts.storage, parts.hub);
    this.engine = new Engine(parts);
  }

  records<K extends Kind>(kind: K, scope?: string) {
    return this.parts.storage.read((tx) => viewsOf(tx, kind, scope));
  }
  record<K extends Kind = Kind>(id: string) {
    return this.parts.storage.read((tx) => viewOf<K>(tx, id));
  }
  async conflicts(record: string): Promise<RecordView<'conflict'>[]> {
    const all = await this.records('conflict');
    return all.filter(({ values }) => values.record === record && values.state !== 'resolved');
  }
  answers(record: string) {
    return this.parts.storage.read((tx) => answersOf(tx, record));
  }
  subscribe(listener: (changed: Changed) => void) {
    return this.parts.hub.listen((told) => {
      if (told.changed) listener(told.changed);
    });
  }

  create<K extends Kind>(kind: K, scope: string, values: Kinds[K]['values'], record?: string) {
    return this.one({ action: 'create', kind, scope, values: values as never, ...(record ? { record } : {}) });
  }
  patch(record: string, set: Changes) {
    return this.one({ action: 'patch', record, set });
  }
  sign(record: string) {
    return this.one({ action: 'sign', record });
  }
  resolve(conflict: string, value: Value) {
    return this.one({ action: 'resolve', record: conflict, value });
  }
  remove(record: string) {
    return this.one({ action: 'delete', record });
  }
  async together(intents: readonly Intent[], { unit = false } = {}): Promise<Queued[]> {
    const { storage, nature } = this.parts;
    const named = unit ? nature.newId() : null;
    const queued = await storage.write(async (tx) => {
      const done: Queued[] = [];
      for (const intent of intents) done.push(await enqueue(tx, nature, intent, named));
      return done;
    });
    this.changed(queued.map((one) => one.record));
    // What is looked at next must not say that nothing waits; that it is queued is true in any case.
    await this.status.refresh().catch(() => undefined);
    return queued;
  }

  async keep(blob: Blob, name: string): Promise<string> {
    const { storage, nature } = this.parts;
    const sha256 = await keepFile(storage, nature, blob, name).catch(async (error: unknown) => {
      if (!(error instanceof NoSpace) || (await makeRoom(this.parts)) === 0) throw error;
      return await keepFile(storage, nature, blob, name);
    });
    this.changed([]);
    return sha256;
  }
  forget(sha256: string): Promise<boolean> {
    return this.parts.storage.write(async (tx) => {
      const queued = (await tx.unsettled()).some((op) => op.raw.includes(sha256));
      if (queued || (await tx.citing(sha256)).length) return false;
      await tx.dropFile(sha256);
      return true;
    });
  }
  file(sha256: string) {
    return this.parts.storage.read((tx) => tx.blob(sha256));
  }
  files() {
    return this.status.files();
  }
  async picture(sha256: string, side = 256): Promise<Blob | undefined> {
    const kept = await this.file(sha256);
    return kept ?? this.parts.http.bytes(`/v1/blobs/${sha256}/thumbnail?side=${side}`).catch(() => undefined);
  }

  async draft<T = Value>(key: string) {
    return (await this.parts.storage.read((tx) => tx.note(DRAFT + key))) as T | undefined;
  }
  saveDraft(key: string, value: unknown) {
    return this.parts.storage.write((tx) => tx.setNote(DRAFT + key, value));
  }
  dropDraft(key: string) {
    return this.saveDraft(key, undefined);
  }
  async drafts(prefix = '') {
    const keys = await this.parts.storage.read((tx) => tx.notes(DRAFT + prefix));
    return keys.map((key) => key.slice(DRAFT.length));
  }

  projects() {
    return this.parts.accounts.projects();
  }

  async enrol(code: string, device: string, server = ''): Promise<void> {
    await this.aloneWithIt(() => this.parts.accounts.enrol(code.trim(), device, server.replace(/\/+$/, '')));
  }
  async signOut({ force = false } = {}): Promise<void> {
    await this.aloneWithIt(() => this.parts.accounts.signOut(force));
  }
  exchange() {
    return this.engine.once();
  }
  async retryHeld(opId: string): Promise<void> {
    await this.parts.storage.write((tx) => tx.hold(opId, undefined));
    this.changed([]);
  }
  ask<T>(path: string, body?: unknown): Promise<T> {
    return this.parts.http.ask<T>(path, body);
  }
  async persist(): Promise<boolean> {
    const granted = (await globalThis.navigator?.storage?.persist?.().catch(() => false)) ?? false;
    await this.status.refresh();
    return granted;
  }

  now() {
    return new Date(Date.parse(this.parts.nature.now()) + (this.status.value.clockOffsetMs ?? 0));
  }
  captured() {
    const { clockOffsetMs } = this.status.value;
    return { at: this.parts.nature.now(), ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }) };
  }
  newId() {
    return this.parts.nature.newId();
  }
  async close(): Promise<void> {
    this.engine.stop();
    this.parts.hub.close();
    await this.parts.storage.close();
  }

  private async one(intent: Intent): Promise<Queued> {
    return (await this.together([intent]))[0] as Queued;
  }

  /** No exchange goes on meanwhile: what it brings would be kept for another person. */
  private async aloneWithIt(work: () => Promise<void>): Promise<void> {
    try {
      await alone(`${this.parts.name}-exchange`, work);
    } finally {
      this.parts.hub.tell({ changed: { records: [] } });
      await this.status.refresh();
    }
    this.engine.renewed();
  }

  private changed(records: readonly string[]): void {
    this.parts.hub.tell({ changed: { records } });
    this.engine.kick('work');
    void requestSync(this.parts.name);
  }
}
