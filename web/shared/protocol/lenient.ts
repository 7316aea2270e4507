/** Reading an answer of a newer server: what this client does not know is passed over, the rest stands. */
import type {
  FeedEntry,
  Limits,
  Notice,
  Outcome,
  Receipt,
  ScopeChecksum,
  SyncAnswer,
} from '@contract/generated/contract';
import { DEFAULT_LIMITS } from '@contract/generated/contract';
import { isObject } from './values';

export type Answer = Required<Omit<SyncAnswer, 'limits'>> & {
  readonly limits: Required<Limits>;
  /** Why each receipt could not be read, by op id: those ops were taken all the same. */
  readonly unread: ReadonlyMap<string, string>;
};

/** The answer is not whole, or is no answer. */
export class NotWhole extends Error {
  override readonly name = 'NotWhole';
}

const OUTCOMES: ReadonlySet<string> = new Set<Outcome>(['applied', 'merged', 'conflict', 'parked']);

/** Decode an answer. Throws `NotWhole`. */
export function readAnswer(body: string): Answer {
  const said = parsed(body);
  if (typeof said.serverTime !== 'string' || Number.isNaN(Date.parse(said.serverTime)) || !isObject(said.cursor)) {
    throw new NotWhole('no answer to an exchange');
  }
  const unread = new Map<string, string>();
  const receipts = listed(said.receipts).filter((item): item is Receipt => {
    const why = wrongReceipt(item);
    if (why && isObject(item)) unread.set(String(item.opId), why);
    return !why;
  });
  return {
    serverTime: said.serverTime,
    cursor: said.cursor,
    receipts,
    changes: listed(said.changes).filter(isEntry),
    more: said.more === true,
    dropped: listed(said.dropped).filter((scope): scope is string => typeof scope === 'string'),
    checksums: listed(said.checksums).filter(isChecksum),
    notices: listed(said.notices).filter(isNotice),
    limits: { ...DEFAULT_LIMITS, ...(isObject(said.limits) ? said.limits : {}) } as Required<Limits>,
    unread,
  };
}

/** Parse a JSON object. Throws `NotWhole`. */
export function parsed(body: string): Record<string, unknown> {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch (error) {
    throw new NotWhole(String(error));
  }
  if (!isObject(said)) throw new NotWhole('no object');
  return said as Record<string, unknown>;
}

export const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value);

function wrongReceipt(item: unknown): string {
  if (!isObject(item)) return 'a receipt is an object';
  if (typeof item.opId !== 'string' || !isCount(item.n)) return 'a receipt names its op';
  if (typeof item.outcome !== 'string' || !OUTCOMES.has(item.outcome)) return `unknown outcome: ${item.outcome}`;
  return typeof item.code === 'string' ? '' : 'a receipt has a code';
}

function isEntry(item: unknown): item is FeedEntry {
  if (!isObject(item) || !isCount(item.seq) || !isCount(item.rev)) return false;
  if (typeof item.id !== 'string' || typeof item.scope !== 'string' || typeof item.kind !== 'string') return false;
  if (item.type !== 'upsert') return item.type === 'tombstone' || item.type === 'left';
  return typeof item.digest === 'string' && isObject(item.values) && isObject(item.server);
}

export const isUpsert = (item: unknown): item is FeedEntry & { type: 'upsert' } =>
  isEntry(item) && item.type === 'upsert';

const isChecksum = (item: unknown): item is ScopeChecksum =>
  isObject(item) && typeof item.scope === 'string' && typeof item.sum === 'string' && isCount(item.count);

const isNotice = (item: unknown): item is Notice => isObject(item) && typeof item.code === 'string';
