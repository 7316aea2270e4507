/** A person's work: ops made from what they want and what they see, and put into the queue. */
import type { AnyOp, Candidate, Change, Patch, Value, Values } from '@contract/generated/contract';
import { get, overlay, split } from './overlay';
import type { Changes, Intent, Queued } from './phone';
import { type Copy, Dismissed, type KeptOp, opOf, type Reading, Unknown, type Writing } from './ports';
import { digest, isObject, normal } from './values';

/** Time and chance, given from outside so that a test can repeat them. */
export interface Nature {
  /** The device's wall time with offset, RFC 3339. */
  now(): string;
  /** A UUIDv7. */
  newId(): string;
}

/** A record as the person sees it. `values` undefined: it is not there, or an op of the queue deletes it. */
export interface Seen {
  readonly kind: string;
  readonly scope: string;
  readonly copy: Copy | undefined;
  readonly pending: readonly KeptOp[];
  readonly values: Values | undefined;
}

export async function see(tx: Reading, record: string): Promise<Seen | undefined> {
  const copy = await tx.copy(record);
  const pending = (await tx.opsOf(record)).filter((op) => !op.receipt);
  return seen(copy, pending);
}

export function seen(copy: Copy | undefined, pending: readonly KeptOp[]): Seen | undefined {
  const ops = pending.map(opOf);
  const place = copy ?? ops[0];
  if (!place) return undefined;
  const values = ops.reduce<Values | undefined>(overlay, copy?.values);
  return { kind: place.kind, scope: place.scope, copy, pending, values };
}

/** Put one op into the queue. Rejects with `Dismissed` where no work is taken, `Unknown` where there is no record. */
export async function enqueue(tx: Writing, nature: Nature, intent: Intent, unit: string | null): Promise<Queued> {
  const memory = await tx.memory();
  if (memory.trust !== 'full') throw new Dismissed(memory.trust);
  const record = intent.record ?? nature.newId();
  const made = await shaped(tx, intent, record);
  const [opId, n] = [nature.newId(), memory.nextN];
  const op = encoded(made, opId, n, record, nature.now(), unit);
  await tx.enqueue({ opId, n, record, unit, raw: JSON.stringify(op) });
  await tx.remember({ ...memory, nextN: n + 1 });
  return { opId, record };
}

/** Queue what is kept of one replica anew under another, whose numbers begin at 1. */
export async function renumber(tx: Writing, nature: Nature, ops: readonly KeptOp[]): Promise<void> {
  const memory = await tx.memory();
  let n = memory.nextN;
  for (const kept of ops) {
    const { opId: _, n: __, ...rest } = opOf(kept);
    const op = { ...rest, opId: nature.newId(), n } as AnyOp;
    await tx.dropOp(kept.opId);
    await tx.enqueue({ opId: op.opId, n, record: kept.record, unit: kept.unit, raw: JSON.stringify(inOrder(op)) });
    n += 1;
  }
  await tx.remember({ ...memory, nextN: n });
}

type Shape = { action: AnyOp['action']; kind: string; scope: string } & Record<string, unknown>;

async function shaped(tx: Reading, intent: Intent, record: string): Promise<Shape> {
  if (intent.action === 'create') {
    return { action: 'create', kind: intent.kind, scope: intent.scope, values: intent.values };
  }
  const there = await see(tx, record);
  if (!there) throw new Unknown(record);
  const place = { kind: there.kind, scope: there.scope };
  switch (intent.action) {
    case 'patch': {
      if (!there.values) throw new Unknown(record);
      return { action: 'patch', ...place, set: changes(there.values, intent.set, intent.seen) };
    }
    case 'sign':
      return { action: 'sign', ...place, digest: seenDigest(there, record) };
    case 'delete': {
      if (!there.copy) throw new Unknown(record);
      return { action: 'delete', ...place, wasDigest: there.copy.digest };
    }
    case 'resolve':
      return { action: 'resolve', ...place, ...choice(there, record, intent.value) };
  }
}

/** `was` is what the person saw: as a rule what is here now. */
function changes(values: Values, set: Changes, saw: Changes = {}): Patch['set'] {
  const changed = Object.entries(set).map(([path, value]): [string, Change] => [
    path,
    { value, was: Object.hasOwn(saw, path) ? (saw[path] ?? null) : get(values, split(path)) },
  ]);
  return Object.fromEntries(changed);
}

/** A person signs what they see: the server's copy, or that with their pending ops applied. */
function seenDigest(there: Seen, record: string): string {
  if (there.copy && there.pending.length === 0) return there.copy.digest;
  if (!there.values) throw new Unknown(record);
  return digest(normal(there.values));
}

function choice(there: Seen, record: string, value: Value): Record<string, unknown> {
  const conflict = there.copy?.values;
  if (!conflict || !isObject(conflict.candidates)) throw new Unknown(record);
  const seen = Object.values(conflict.candidates).map((item) => (item as unknown as Candidate).opId);
  return { seen: seen.sort(), value, standing: conflict.standing ?? null };
}

function encoded(made: Shape, opId: string, n: number, id: string, at: string, unit: string | null): AnyOp {
  const { action, kind, scope, ...own } = made;
  if (own.value === null && action === 'resolve') delete own.value;
  return inOrder({ action, opId, n, scope, kind, id, at, ...(unit === null ? {} : { unit }), ...own } as AnyOp);
}

/** The order of the contract's fields, so that every client encodes an op to the same bytes. */
function inOrder(op: AnyOp): AnyOp {
  const { action, opId, n, scope, kind, id, at, unit, ...own } = op;
  return { action, opId, n, scope, kind, id, at, ...(unit == null ? {} : { unit }), ...own } as AnyOp;
}
