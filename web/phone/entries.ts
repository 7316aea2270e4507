import type { Kind } from '@contract/generated/contract';
import type { FileProgress, RecordView } from '@shared/protocol/phone';
import { ROWS, rowOf } from './kinds';
import type { Deed, Found } from './kinds/row';
import { type Standing, standingOf, worse } from './standing';

/** What a person did, one entry per deed, for the thread of the day and the list of records. */
export interface Entry {
  readonly key: string;
  readonly kind: Kind;
  readonly deed: Deed;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The site's day, as the server said; before that, the day by this phone's clock, put right. */
  readonly day: string;
  readonly scope: string;
  readonly standing: Standing;
  /** More than one only where a kind says that they were done together. */
  readonly records: readonly [RecordView, ...RecordView[]];
}

/** Return the deeds of a person, the latest first. */
export function entriesOf(found: Found, person: string): Entry[] {
  const entries = ROWS.flatMap(([kind, { deed }]) => {
    const records: readonly RecordView[] = found[kind] ?? [];
    return deed ? joined(records.filter((one) => deed.mine(one, person)).map((one) => entryOf(kind, deed, one))) : [];
  });
  return entries.sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1));
}

function entryOf(kind: Kind, deed: Deed, record: RecordView): Entry {
  return {
    key: record.id,
    kind,
    deed,
    at: deed.at(record),
    day: deed.day(record),
    scope: record.scope,
    standing: standingOf(record),
    records: [record],
  };
}

/** Make one entry of those that were done together; it is as far as the slowest of them. */
function joined(entries: readonly Entry[]): Entry[] {
  const found: Entry[] = [];
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    const last = found.at(-1);
    if (last && together(last, entry)) {
      const standing = worse(last.standing, entry.standing);
      found[found.length - 1] = { ...last, at: entry.at, standing, records: [...last.records, ...entry.records] };
    } else found.push(entry);
  }
  return found;
}

function together(a: Entry, b: Entry): boolean {
  const last = a.records.at(-1);
  return a.scope === b.scope && a.day === b.day && !!last && !!a.deed.together?.(last, b.records[0]);
}

/** Bytes sent and in all of those of `files` that an entry cites; undefined when none of them is on its way. */
export function progressOf(entry: Entry, files: readonly FileProgress[]): { sent: number; size: number } | undefined {
  const cited = new Set(entry.records.flatMap((record) => rowOf(entry.kind)?.blobs?.(record) ?? []));
  const underway = files.filter((file) => cited.has(file.sha256) && file.standing !== 'safe');
  if (underway.length === 0) return undefined;
  return {
    sent: underway.reduce((sum, file) => sum + file.sent, 0),
    size: underway.reduce((sum, file) => sum + file.size, 0),
  };
}
