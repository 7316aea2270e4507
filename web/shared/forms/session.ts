/**
 * One report open on the screen: the record as the phone has it, the draft laid over it, and everything a form works
 * out of the two. Every change is kept before anything else happens; filing turns the draft into ops.
 */

import type { FormDefinition, Repeat, Value, Values } from '@contract/generated/contract';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Intent, Phone, RecordView } from '@shared/protocol/phone';
import { localTime } from '@shared/protocol/time';
import { carried } from './carry';
import { Checker, type Flag } from './check';
import { differences } from './differences';
import {
  changed,
  crossed,
  type Draft,
  emptyDraft,
  laid,
  naturalId,
  newRow,
  recomputed,
  rekeyed,
  settled,
} from './draft';
import { calculated, calculates, phoneRules, worldOf } from './phone-rules';
import type { World } from './xpath/functions';

export interface Opened {
  readonly phone: Phone;
  readonly form: FormDefinition;
  readonly scope: string;
  /** Of the record, or for a new report an id that finds its draft again. */
  readonly id: string;
  /** What a new report begins with, beyond what its writer types: the day, the writer's name. */
  readonly prefill?: Values;
  /** In which the words of choices are put into texts that the form composes. */
  readonly language?: string;
}

type Saving = 'saved' | 'saving' | 'failed';

export const draftKey = (id: string): string => `report/${id}`;

export class Session {
  readonly phone: Phone;
  readonly form: FormDefinition;
  readonly scope: string;
  readonly record = signal<RecordView<'report'> | undefined>(undefined);
  readonly conflicts = signal<readonly RecordView<'conflict'>[]>([]);
  readonly draft = signal<Draft>(undefined as never);
  readonly saving = signal<Saving>('saved');
  readonly base: ReadonlySignal<Values>;
  readonly fields: ReadonlySignal<Values>;
  readonly checker: ReadonlySignal<Checker>;
  readonly flags: ReadonlySignal<ReadonlyMap<string, Flag>>;
  readonly crossed: ReadonlySignal<readonly string[]>;
  /** Whether there is anything to file; what a new report merely begins with is not. */
  readonly dirty: ReadonlySignal<boolean>;
  readonly #id: string;
  readonly #world: World;
  readonly #prefill: Values;
  #kept: Draft | undefined;
  #writing: Promise<void> = Promise.resolve();
  #end: () => void = () => {};

  private constructor(opened: Opened) {
    this.phone = opened.phone;
    this.form = opened.form;
    this.scope = opened.scope;
    this.#id = opened.id;
    this.#prefill = opened.prefill ?? {};
    this.base = computed(() => this.record.value?.values.fields ?? this.draft.value.begun ?? {});
    this.fields = computed(() => laid(this.form, this.draft.value, this.base.value));
    this.#world = worldOf(this.form, {
      now: () => localTime(this.phone.now()),
      newId: () => this.phone.newId(),
      language: opened.language ?? 'zh-CN',
    });
    this.checker = computed(
      () => new Checker(this.form, this.fields.value, (report) => phoneRules(report, this.#world)),
    );
    this.flags = computed(() => new Map(this.checker.value.flags().map((flag) => [flag.path.slice(7), flag])));
    this.crossed = computed(() => crossed(this.draft.value, this.base.value));
    this.dirty = computed(() => Object.keys(this.draft.value.changes).length > 0);
  }

  static async open(opened: Opened): Promise<Session> {
    const session = new Session(opened);
    const { phone, id } = opened;
    const kept = await phone.draft<Draft>(draftKey(id));
    session.#kept = kept;
    session.draft.value = kept ?? session.#blank();
    await session.read();
    session.#end = phone.subscribe(() => void session.read());
    return session;
  }

  /** Read the record anew: it changed here, or an exchange brought it. */
  async read(): Promise<void> {
    const record = await this.phone.record<'report'>(this.#id);
    this.record.value = record && !record.removed ? record : undefined;
    this.conflicts.value = record ? await this.phone.conflicts(record.id) : [];
  }

  /** Set a value by its path (`weather_am`, `labour/<row>/count`); null removes it. */
  set(path: string, value: Value): void {
    const before = this.draft.value;
    this.#put(this.#calculated(changed(before, this.base.value, path, value, this.phone.captured().at)));
    this.#forget(before);
  }

  /** Add a row and give its id; one with the same key that is there already is given instead. */
  addRow(repeat: Repeat, row: Values): string {
    const id = newRow(this.record.value?.id ?? this.#id, repeat, row, this.phone.newId());
    for (const [name, value] of Object.entries(row)) this.set(`${repeat.name}/${id}/${name}`, value);
    return id;
  }

  removeRow(repeat: Repeat, row: string): void {
    this.set(`${repeat.name}/${row}`, null);
  }

  /** Take over from an earlier report what may be taken over. */
  carry(before: Values): void {
    const { fields, rows } = carried(this.form, before, this.fields.value);
    for (const [name, value] of Object.entries(fields)) this.set(name, value);
    for (const repeat of this.checker.value.run.repeats.values()) {
      for (const row of rows[repeat.name] ?? []) this.addRow(repeat, row);
    }
  }

  /** Settle that another person wrote where this draft writes: keep one's own, or take theirs. */
  settle(path: string, mine: boolean): void {
    this.#put(settled(this.draft.value, this.base.value, path, mine));
  }

  because(reason: string): void {
    this.#put({ ...this.draft.value, reason });
  }

  /** Choose a value of a conflict that the server told of. */
  async resolve(conflict: string, value: Value): Promise<void> {
    await this.phone.resolve(conflict, value);
    await this.read();
  }

  /** File what was changed, and sign it where asked; the record's id. Durable when it resolves. */
  async file(options: { sign?: boolean } = {}): Promise<string> {
    await this.kept();
    const { record, intents } = this.#intents();
    if (options.sign) intents.push({ action: 'sign', record });
    if (intents.length) await this.phone.together(intents);
    await this.#clear();
    await this.read();
    return record;
  }

  /** Throw the draft away; what was filed stays. */
  async discard(): Promise<void> {
    await this.kept();
    const before = this.draft.value;
    await this.#clear();
    this.#forget(before);
  }

  /** Resolves when every change so far is on the disk; rejects when one could not be kept. */
  async kept(): Promise<void> {
    while (this.#kept !== this.draft.value && this.#isWorthKeeping()) {
      this.#keep();
      await this.#writing;
      if (this.saving.value === 'failed') throw new Error('the draft could not be kept');
    }
  }

  close(): void {
    this.#end();
  }

  /** Make the calculations that only the phone makes, as changes like any other: the server takes them as they are. */
  #calculated(draft: Draft): Draft {
    if (!calculates(this.form)) return draft;
    const fields = laid(this.form, draft, this.base.value);
    const found = differences(this.form, fields, calculated(this.form, fields, this.#world));
    return found.reduce((next, { path, after }) => changed(next, this.base.value, path, after, draft.at), draft);
  }

  /** Let go of files that only an earlier state of the draft named: they are not sent for nothing. */
  #forget(before: Draft): void {
    const now = filesOf(this.draft.value);
    for (const sha256 of filesOf(before)) if (!now.has(sha256)) void this.phone.forget(sha256);
  }

  async #clear(): Promise<void> {
    this.#kept = undefined;
    await this.phone.dropDraft(draftKey(this.#id));
    this.draft.value = this.#blank();
  }

  #blank(): Draft {
    return emptyDraft(this.form, this.scope, this.phone.captured().at, this.#prefill);
  }

  #put(draft: Draft): void {
    this.draft.value = draft;
    this.#keep();
  }

  #isWorthKeeping(): boolean {
    return this.dirty.value || this.#kept !== undefined;
  }

  /** Keep the newest draft; while one is being written, only the newest of those that follow. */
  #keep(): void {
    this.saving.value = 'saving';
    this.#writing = this.#writing.then(async () => {
      const draft = this.draft.value;
      if (this.#kept === draft) return;
      try {
        const empty = Object.keys(draft.changes).length === 0;
        await (empty ? this.phone.dropDraft(draftKey(this.#id)) : this.phone.saveDraft(draftKey(this.#id), draft));
        this.#kept = draft;
        if (this.draft.value === draft) this.saving.value = 'saved';
      } catch {
        this.saving.value = 'failed';
      }
    });
  }

  #intents(): { record: string; intents: Intent[] } {
    const there = this.record.value;
    const { reason } = this.draft.value;
    const fields = this.fields.value;
    if (!there) {
      const record = naturalId(this.form, this.scope, fields) ?? (isFresh(this.#id) ? this.#id : this.phone.newId());
      const values = { form: this.form.id, formVersion: this.form.version, fields: rekeyed(this.form, record, fields) };
      return { record, intents: [{ action: 'create', kind: 'report', scope: this.scope, values, record }] };
    }
    const changes = Object.entries(this.draft.value.changes);
    if (!changes.length) return { record: there.id, intents: [] };
    const set: Record<string, Value> = reason ? { reason } : {};
    const seen: Record<string, Value> = {};
    for (const [path, change] of changes) {
      set[`fields/${path}`] = change.value;
      seen[`fields/${path}`] = change.was;
    }
    for (const [path, value] of Object.entries(recomputed(this.form, fields, this.base.value))) {
      if (!isGone(changes, path)) set[`fields/${path}`] = value;
    }
    return { record: there.id, intents: [{ action: 'patch', record: there.id, set, seen }] };
  }
}

const SHA256 = /^[0-9a-f]{64}$/;

function filesOf(draft: Draft): Set<string> {
  const values = Object.values(draft.changes).map((change) => change.value);
  return new Set(values.filter((value): value is string => typeof value === 'string' && SHA256.test(value)));
}

/** Whether an id was made afresh (UUIDv7), rather than following from a natural key. */
const isFresh = (id: string): boolean => id[14] === '7';

/** Whether a cell lies in a row that the draft removes: setting it would make the row again. */
function isGone(changes: readonly (readonly [string, { value: Value }])[], path: string): boolean {
  return changes.some(([other, { value }]) => value === null && path.startsWith(`${other}/`));
}
