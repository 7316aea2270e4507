/** Records as the screens see them: the server's copies under the ops of the queue. */
import type { Kind, Values } from '@contract/generated/contract';
import type { Answered, PendingOp, RecordView } from './phone';
import { type Copy, type KeptOp, opOf, type Reading } from './ports';
import { type Seen, see, seen } from './work';

export async function viewOf<K extends Kind>(tx: Reading, id: string): Promise<RecordView<K> | undefined> {
  const there = await see(tx, id);
  return there && (shown(id, there) as RecordView<K>);
}

/** All records of a kind, those that only the queue knows too, by id; without those that the queue deletes. */
export async function viewsOf<K extends Kind>(tx: Reading, kind: K, scope?: string): Promise<RecordView<K>[]> {
  const queued = new Map<string, KeptOp[]>();
  for (const op of await tx.unsettled()) queued.set(op.record, [...(queued.get(op.record) ?? []), op]);
  const there = new Map((await tx.copies(scope ? { kind, scope } : { kind })).map((copy) => [copy.id, copy]));
  const views: RecordView[] = [];
  for (const copy of there.values()) views.push(...one(copy.id, copy, queued.get(copy.id) ?? []));
  for (const [id, ops] of queued) {
    if (there.has(id) || (await tx.copy(id))) continue;
    const first = opOf(ops[0] as KeptOp);
    if (first.kind === kind && (!scope || first.scope === scope)) views.push(...one(id, undefined, ops));
  }
  return views.sort((a, b) => (a.id < b.id ? -1 : 1)) as unknown as RecordView<K>[];
}

function one(id: string, copy: Copy | undefined, ops: readonly KeptOp[]): RecordView[] {
  const there = seen(copy, ops);
  return there?.values ? [shown(id, there)] : [];
}

function shown(id: string, there: Seen): RecordView {
  const { kind, scope, copy, values } = there;
  const view = {
    kind,
    id,
    scope,
    rev: copy?.rev ?? 0,
    seq: copy?.seq ?? 0,
    digest: copy?.digest ?? '',
    values: whole(kind, values ?? copy?.values ?? {}),
    pending: there.pending.map(pendingOf),
    removed: values === undefined,
    ...(copy ? { stored: whole(kind, copy.values), server: copy.server } : {}),
  };
  return view as unknown as RecordView;
}

/** Empty objects do not travel: a report of which nothing is filled in still has fields. */
const whole = (kind: string, values: Values): Values => (kind === 'report' ? { fields: {}, ...values } : values);

function pendingOf(kept: KeptOp): PendingOp {
  const { opId, n, action, at } = opOf(kept);
  return { opId, n, action, at, ...(kept.held === undefined ? {} : { held: kept.held }) };
}

export async function answersOf(tx: Reading, record: string): Promise<Answered[]> {
  const answered = (await tx.opsOf(record)).flatMap(({ opId, receipt }) => (receipt ? [{ opId, receipt }] : []));
  return answered.map(({ opId, receipt }) => {
    const { outcome, code, conflicts = [], params = {}, warnings = [] } = receipt;
    return { opId, record, outcome, code, conflicts, params, warnings };
  });
}
