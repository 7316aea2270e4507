import type { FileReceipt, Kinds } from '@contract/generated/contract';
import type { FileProgress, RecordView } from '@shared/protocol/phone';
import { dayOf } from '@shared/words/when';

/** What a person did, one entry per deed, for the thread of the day and the list of records. */
export type Captured = 'photo' | 'checkIn' | 'scan' | 'report';

/**
 * How far a deed has come, worst first: `held` must be looked at; `here` is on this phone only; `files` is known to the
 * server, whose receipt still lacks files; `safe` is there with everything.
 */
export type Standing = 'held' | 'here' | 'files' | 'safe';

export interface Entry {
  readonly key: string;
  readonly kind: Captured;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The site's day, as the server said; before that, the day on this phone. */
  readonly day: string;
  readonly scope: string;
  readonly standing: Standing;
  /** More than one only for photographs that were taken together. */
  readonly records: readonly RecordView[];
}

/** Photographs of one place with one note, taken within this time of each other, are one deed. */
const TOGETHER_MS = 10 * 60 * 1000;

type WithFiles = RecordView<'photo'> | RecordView<'scan'> | RecordView<'report'> | RecordView<'checkIn'>;

export function standingOf(record: WithFiles): Standing {
  if (record.pending.some((op) => op.held !== undefined)) return 'held';
  if (record.pending.length > 0 || !record.server) return 'here';
  const files = filesOf(record);
  return files.every((file) => file.state === 'stored') ? 'safe' : 'files';
}

function filesOf(record: WithFiles): readonly FileReceipt[] {
  return (record.server as { files?: readonly FileReceipt[] | null } | undefined)?.files ?? [];
}

const WORST: readonly Standing[] = ['held', 'here', 'files', 'safe'];

/** The worse of two. */
export function worse(a: Standing, b: Standing): Standing {
  return WORST.indexOf(a) <= WORST.indexOf(b) ? a : b;
}

export function entriesOf(
  all: {
    photos?: readonly RecordView<'photo'>[];
    checkIns?: readonly RecordView<'checkIn'>[];
    scans?: readonly RecordView<'scan'>[];
    reports?: readonly RecordView<'report'>[];
  },
  person: string,
): Entry[] {
  const mine = (by: string | null | undefined) => by == null || by === person;
  const entries = [
    ...photoEntries((all.photos ?? []).filter((photo) => mine(photo.server?.by))),
    ...(all.checkIns ?? []).filter((one) => mine(one.server?.by)).map((one) => capturedEntry('checkIn', one)),
    ...(all.scans ?? []).filter((one) => mine(one.server?.by)).map((one) => capturedEntry('scan', one)),
    ...(all.reports ?? []).map(reportEntry),
  ];
  return entries.sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1));
}

function capturedEntry(kind: 'photo' | 'checkIn' | 'scan', record: RecordView<'photo' | 'checkIn' | 'scan'>): Entry {
  const at = record.values.captured.at;
  const server = record.server as { businessDate?: string } | undefined;
  return {
    key: record.id,
    kind,
    at: Date.parse(at) || 0,
    day: server?.businessDate ?? at.slice(0, 10),
    scope: record.scope,
    standing: standingOf(record as WithFiles),
    records: [record],
  };
}

function photoEntries(photos: readonly RecordView<'photo'>[]): Entry[] {
  const sorted = photos.map((photo) => capturedEntry('photo', photo)).sort((a, b) => a.at - b.at);
  const entries: Entry[] = [];
  for (const entry of sorted) {
    const last = entries.at(-1);
    if (last && together(last, entry)) {
      entries[entries.length - 1] = {
        ...last,
        at: entry.at,
        standing: worse(last.standing, entry.standing),
        records: [...last.records, ...entry.records],
      };
    } else entries.push(entry);
  }
  return entries;
}

function together(a: Entry, b: Entry): boolean {
  const last = a.records.at(-1)?.values as Kinds['photo']['values'];
  const next = b.records[0]?.values as Kinds['photo']['values'];
  return (
    a.scope === b.scope &&
    a.day === b.day &&
    b.at - a.at <= TOGETHER_MS &&
    (last.note ?? '') === (next.note ?? '') &&
    (last.place ?? '') === (next.place ?? '')
  );
}

function reportEntry(report: RecordView<'report'>): Entry {
  const day = report.values.fields?.business_date;
  const touched = report.pending.at(-1)?.at ?? report.server?.receivedAt ?? '';
  return {
    key: report.id,
    kind: 'report',
    at: Date.parse(touched) || 0,
    day: typeof day === 'string' ? day : touched && dayOf(new Date(touched)),
    scope: report.scope,
    standing: standingOf(report),
    records: [report],
  };
}

/** Bytes sent and in all of those of `files` that an entry cites; undefined when none of them is on its way. */
export function progressOf(entry: Entry, files: readonly FileProgress[]): { sent: number; size: number } | undefined {
  const cited = new Set(entry.records.flatMap(digestsOf));
  const underway = files.filter((file) => cited.has(file.sha256) && file.standing !== 'safe');
  if (underway.length === 0) return undefined;
  return {
    sent: underway.reduce((sum, file) => sum + file.sent, 0),
    size: underway.reduce((sum, file) => sum + file.size, 0),
  };
}

export function digestsOf(record: RecordView): readonly string[] {
  if (record.kind === 'photo') return [(record as RecordView<'photo'>).values.blob];
  if (record.kind === 'scan') return (record as RecordView<'scan'>).values.pages;
  return [];
}
