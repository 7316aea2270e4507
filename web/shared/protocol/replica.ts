/**
 * The exchange: what a correct phone does, as `sync/replica.py` specifies it.
 *
 * Only here is the network touched, and storage only at its two ends: what is sent is read in one transaction, what
 * came back is kept in another.
 */
import type { Cursor, FeedEntry, Notice, Receipt, ScopeChecksum } from '@contract/generated/contract';
import { sumOf } from './checksum';
import { type Answer, NotWhole, readAnswer } from './lenient';
import {
  BLANK,
  copyOf,
  Dismissed,
  type KeptOp,
  type Memory,
  type Storage,
  type Transport,
  Unreachable,
  Unreadable,
  type Writing,
} from './ports';
import { type Repaired, repair } from './repair';
import type { Nature } from './work';

const DAY = 86_400_000;
const REVOKED = 'device.revoked';
const WIPE = 'device.wipe';
const FORKED = 'sync.replica_forked';

/** What one exchange brought. `mismatched` are scopes whose checksum is not that of the copies held. */
export interface Exchanged {
  readonly receipts: readonly Receipt[];
  readonly entries: readonly FeedEntry[];
  readonly notices: readonly Notice[];
  readonly more: boolean;
  readonly mismatched: readonly string[];
  /** Scopes whose copies went; everything did, if it was wiped. */
  readonly dropped: readonly string[];
  readonly reset: boolean;
}

const NOTHING: Exchanged = {
  receipts: [],
  entries: [],
  notices: [],
  more: false,
  mismatched: [],
  dropped: [],
  reset: false,
};

export class Replica {
  constructor(
    private readonly storage: Storage,
    private readonly transport: Transport,
    private readonly nature: Nature,
  ) {}

  /**
   * Send what is queued and take a page of changes. Rejects with `Unreachable`; then nothing has changed here.
   *
   * A batch that the server cannot read is halved; a single op that it cannot read is held and shown. Where the server
   * says so everything is wiped, and any later exchange rejects with `Dismissed`.
   */
  async exchange(): Promise<Exchanged> {
    const [memory, batch] = await this.storage.read(async (tx) => {
      const memory = await tx.memory();
      return [memory, memory.forkedAt ? [] : batchOf(memory, await tx.pending(memory.batch + 50))] as const;
    });
    if (memory.trust === 'wiped') throw new Dismissed('wiped');
    const sentAt = this.nature.now();
    let answer: Answer;
    try {
      answer = readAnswer(await this.transport.exchange(written(sentAt, memory.cursor, batch)));
    } catch (error) {
      return await this.failed(error, batch);
    }
    return await this.storage.write((tx) => keep(tx, answer, sentAt));
  }

  /** Exchange until the queue is empty and nothing more is to be read, then repair what does not add up. */
  async sync(each: (done: Exchanged) => void = () => {}, rounds = 1000): Promise<Exchanged> {
    let last = NOTHING;
    for (let round = 0; round < rounds; round += 1) {
      last = await this.exchange();
      each(last);
      if (!last.more && !(await this.hasMore())) break;
    }
    for (const scope of last.mismatched) await this.repair(scope);
    return last;
  }

  repair(scope: string): Promise<Repaired> {
    return repair(this.storage, this.transport, scope);
  }

  private hasMore(): Promise<boolean> {
    return this.storage.read(async (tx) => {
      const { forkedAt, trust } = await tx.memory();
      return !forkedAt && trust !== 'wiped' && (await tx.pending(1)).length > 0;
    });
  }

  private async failed(error: unknown, batch: readonly KeptOp[]): Promise<Exchanged> {
    if (error instanceof NotWhole) throw new Unreachable(`the answer is not whole: ${error.message}`);
    if (error instanceof Dismissed) {
      // It said so before, and that answer was lost.
      await this.storage.write(wipe);
      return { ...NOTHING, notices: [{ code: WIPE }] };
    }
    if (!(error instanceof Unreadable)) throw error;
    if (batch.length === 0) throw new Unreachable(error.message);
    await this.storage.write(async (tx) => {
      if (new Set(batch.map(group)).size === 1) for (const op of batch) await tx.hold(op.opId, error.message);
      await tx.remember({ ...(await tx.memory()), batch: Math.max(1, Math.floor(batch.length / 2)) });
    });
    return { ...NOTHING, more: true };
  }
}

const group = (op: KeptOp): string => op.unit ?? op.opId;

/** The bytes of a request: ops go exactly as they were encoded. */
function written(clock: string, cursor: Cursor, batch: readonly KeptOp[]): string {
  const ops = batch.length ? `,"ops":[${batch.map((op) => op.raw).join(',')}]` : '';
  return `{"clock":${JSON.stringify(clock)},"cursor":${JSON.stringify(cursor)}${ops}}`;
}

/** The oldest ops, never splitting a unit: one that does not fit waits, unless it is the first. */
export function batchOf(memory: Memory, ops: readonly KeptOp[]): readonly KeptOp[] {
  const batch: KeptOp[] = [];
  let bytes = 0;
  for (let start = 0; start < ops.length; ) {
    let end = start + 1;
    while (end < ops.length && group(ops[end] as KeptOp) === group(ops[start] as KeptOp)) end += 1;
    const next = ops.slice(start, end);
    bytes += next.reduce((sum, op) => sum + 4 * op.raw.length, 0);
    // A character takes at most three bytes; a fourth leaves room for all that is around the ops.
    if (batch.length && (batch.length + next.length > memory.batch || bytes > memory.limits.requestBytes)) break;
    batch.push(...next);
    start = end;
  }
  return batch;
}

async function wipe(tx: Writing): Promise<void> {
  await tx.wipe();
  await tx.remember({ ...BLANK, trust: 'wiped' });
}

async function keep(tx: Writing, answer: Answer, sentAt: string): Promise<Exchanged> {
  const told = new Map(answer.notices.map((notice) => [notice.code, notice]));
  if (told.has(WIPE)) {
    await wipe(tx);
    return { ...NOTHING, receipts: answer.receipts, notices: answer.notices };
  }
  const at = Date.parse(answer.serverTime);
  for (const [opId, why] of answer.unread) await tx.hold(opId, why);
  for (const receipt of answer.receipts) await tx.settle(receipt.opId, receipt, at);
  let memory = await tx.memory();
  const listed = answer.notices
    .filter((one) => one.code === 'sync.scope_relisted')
    .map((one) => one.params?.scope ?? '');
  const reset = told.has('sync.cursor_reset');
  if (reset) {
    listed.push(...Object.keys(memory.cursor.seqs ?? {}));
    await tx.requeue();
  }
  await tx.prune(at - answer.limits.replayDays * DAY);
  memory = beginSweep(memory, listed);
  for (const scope of answer.dropped) await tx.dropCopies((await tx.copies({ scope })).map((copy) => copy.id));
  for (const entry of answer.changes) await take(tx, entry, memory.sweep);
  if (!answer.more) memory = { ...memory, sweeping: await sweep(tx, memory.sweeping) };
  const forked = told.get(FORKED);
  await tx.remember({
    ...memory,
    trust: told.has(REVOKED) ? 'revoked' : 'full',
    cursor: answer.cursor,
    clockOffsetMs: at - Date.parse(sentAt),
    batch: Math.min(answer.limits.opsPerExchange, Math.max(memory.batch * 2, 1)),
    limits: answer.limits,
    ...(forked ? { forkedAt: forked.params?.n ?? '' } : {}),
  });
  const mismatched = await wrong(tx, answer.checksums);
  const { receipts, changes: entries, notices, more, dropped } = answer;
  return { receipts, entries, notices, more, mismatched, dropped, reset };
}

async function take(tx: Writing, entry: FeedEntry, sweeping: number): Promise<void> {
  if (entry.type === 'upsert') await tx.putCopy(copyOf(entry, sweeping));
  else if ((await tx.copy(entry.id))?.scope === entry.scope) await tx.dropCopies([entry.id]);
}

/** Have the copies of scopes swept that are listed from their beginning with this answer. */
function beginSweep(memory: Memory, scopes: readonly string[]): Memory {
  if (scopes.length === 0) return memory;
  const listing = memory.sweep + 1;
  const begun = Object.fromEntries(scopes.map((scope) => [scope, listing]));
  return { ...memory, sweep: listing, sweeping: { ...memory.sweeping, ...begun } };
}

/** Drop the copies that their scope's listing did not name; gives the scopes where pending ops kept some. */
async function sweep(tx: Writing, sweeping: Memory['sweeping']): Promise<Memory['sweeping']> {
  const left: Record<string, number> = {};
  for (const [scope, listing] of Object.entries(sweeping)) {
    for (const copy of await tx.copies({ scope })) {
      if (copy.sweep >= listing) continue;
      const unsent = (await tx.opsOf(copy.id)).some((op) => !op.receipt);
      if (unsent) left[scope] = listing;
      else await tx.dropCopies([copy.id]);
    }
  }
  return left;
}

/** Scopes whose copies do not sum to what the server says; pending ops have no part in it. */
async function wrong(tx: Writing, claims: readonly ScopeChecksum[]): Promise<string[]> {
  const scopes: string[] = [];
  for (const claim of claims) {
    const { sum, count } = sumOf(await tx.marks(claim.scope));
    if (sum !== claim.sum || count !== claim.count) scopes.push(claim.scope);
  }
  return scopes;
}
