import type { FileReceipt } from '@contract/generated/contract';
import type { RecordView } from '@shared/protocol/phone';

/**
 * How far a record has come, worst first: `held` must be looked at; `here` is on this phone only; `files` is known to
 * the server, whose receipt still lacks files; `safe` is there with everything.
 */
export type Standing = 'held' | 'here' | 'files' | 'safe';

const WORST: readonly Standing[] = ['held', 'here', 'files', 'safe'];

export function standingOf(record: RecordView): Standing {
  if (record.pending.some((op) => op.held !== undefined)) return 'held';
  if (record.pending.length > 0 || !record.server) return 'here';
  return receiptsOf(record).every((file) => file.state === 'stored') ? 'safe' : 'files';
}

/** Return the worse of two. */
export function worse(a: Standing, b: Standing): Standing {
  return WORST.indexOf(a) <= WORST.indexOf(b) ? a : b;
}

/** What the server says of each file of a record; kinds without files have none. */
export function receiptsOf(record: RecordView): readonly FileReceipt[] {
  return (record.server as { files?: readonly FileReceipt[] | null } | undefined)?.files ?? [];
}
