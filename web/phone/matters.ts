import type { EvidenceFlag, FileReceipt } from '@contract/generated/contract';
import type { RecordView } from '@shared/protocol/phone';
import type { IconName } from '@shared/ui/icon';
import type { Tone } from '@shared/ui/parts';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { to } from './router';
import { t } from './sentences';

/** Something that came back to this person: what it is, what to do about it, and where. */
export interface Matter {
  readonly key: string;
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  readonly detail: string;
  readonly href?: string;
  /** May be put aside once it was read; the others go when they are settled. */
  readonly dismissible: boolean;
}

interface Found {
  conflicts?: readonly RecordView<'conflict'>[];
  parked?: readonly RecordView<'parked'>[];
  photos?: readonly RecordView<'photo'>[];
  checkIns?: readonly RecordView<'checkIn'>[];
  scans?: readonly RecordView<'scan'>[];
  extractions?: readonly RecordView<'extraction'>[];
  reports?: readonly RecordView<'report'>[];
}

/** What is to be looked at, the most pressing first. `seen` are keys of what was put aside. */
export function mattersOf(found: Found, person: string, seen: ReadonlySet<string>): Matter[] {
  const all = [
    ...(found.conflicts ?? []).flatMap(conflictMatter),
    ...(found.parked ?? [])
      .filter((one) => one.server?.by === person && one.values.settledBy !== person)
      .flatMap(parkedMatter),
    ...(found.reports ?? []).flatMap((report) => reviewMatters(report, person)),
    ...(found.scans ?? [])
      .filter((one) => one.server?.by == null || one.server.by === person)
      .flatMap((scan) => [...scanMatters(scan), ...decisionMatters(scan, found.extractions ?? [])]),
    ...[...(found.photos ?? []), ...(found.checkIns ?? [])]
      .filter((one) => one.server?.by === person)
      .flatMap((one) => [...fileMatters(one), ...flagMatters(one)]),
  ];
  return all.filter((matter) => !matter.dismissible || !seen.has(matter.key));
}

function conflictMatter(conflict: RecordView<'conflict'>): Matter[] {
  const { state, kind, record } = conflict.values;
  if ((state ?? 'open') !== 'open' || conflict.pending.length > 0) return [];
  return [
    {
      key: conflict.id,
      tone: 'bad',
      icon: 'alert',
      title: t('matter.conflict'),
      detail: t('matter.conflictNext'),
      ...(kind === 'report' ? { href: to('report', record) } : {}),
      dismissible: false,
    },
  ];
}

function parkedMatter(parked: RecordView<'parked'>): Matter[] {
  const { state, code, reason, settledBy } = parked.values;
  const said = explain(code);
  if ((state ?? 'waiting') === 'waiting') {
    const detail = [said.sentence, said.next].filter(Boolean).join(' · ');
    return [
      {
        key: parked.id,
        tone: 'warn',
        icon: 'wait',
        title: t('matter.parked'),
        detail,
        href: to('parked', parked.id),
        dismissible: false,
      },
    ];
  }
  if (state !== 'discarded' || !settledBy) return [];
  return [
    {
      key: parked.id,
      tone: 'bad',
      icon: 'flag',
      title: t('matter.discarded'),
      detail: reason || said.sentence,
      href: to('parked', parked.id),
      dismissible: true,
    },
  ];
}

/** What a supervisor made of a report. A returned one stays until it is changed; then it waits for another look. */
function reviewMatters(report: RecordView<'report'>, person: string): Matter[] {
  const review = report.server?.review;
  if (!review || review.by === person) return [];
  if (review.digest !== report.digest || report.pending.length > 0) return [];
  const returned = review.state === 'returned';
  return [
    {
      key: `${report.id}:${review.at}`,
      tone: returned ? 'bad' : 'good',
      icon: returned ? 'flag' : 'check',
      title: t(`matter.${review.state}`),
      detail: review.reason || sayMoment(review.at),
      href: to('report', report.id),
      dismissible: !returned,
    },
  ];
}

function scanMatters(scan: RecordView<'scan'>): Matter[] {
  if (scan.server?.state !== 'failed') return [];
  const said = explain(scan.server.problem ?? 'paper.page_failed');
  return [
    {
      key: `${scan.id}:failed`,
      tone: 'bad',
      icon: 'scan',
      title: t('matter.scanFailed'),
      detail: `${sayMoment(scan.values.captured.at)} · ${said.sentence} ${said.next}`,
      href: to('records', scan.id),
      dismissible: true,
    },
  ];
}

/** What the desk made of a scan: filed as a report, or not used. */
function decisionMatters(scan: RecordView<'scan'>, extractions: readonly RecordView<'extraction'>[]): Matter[] {
  const { state } = extractions.find((one) => one.id === scan.server?.extraction)?.values ?? {};
  if (state !== 'confirmed' && state !== 'discarded') return [];
  const filed = state === 'confirmed';
  return [
    {
      key: `${scan.id}:${state}`,
      tone: filed ? 'good' : 'warn',
      icon: filed ? 'check' : 'flag',
      title: t(filed ? 'matter.scanConfirmed' : 'matter.scanDiscarded'),
      detail: sayMoment(scan.values.captured.at),
      href: to('records', scan.id),
      dismissible: true,
    },
  ];
}

function fileMatters(record: RecordView<'photo'> | RecordView<'checkIn'>): Matter[] {
  const files = (record.server as { files?: readonly FileReceipt[] | null } | undefined)?.files ?? [];
  return files
    .filter((file) => file.problem)
    .map((file) => {
      const said = explain(file.problem ?? '');
      return {
        key: `${record.id}:${file.sha256}`,
        tone: 'warn' as const,
        icon: 'picture' as const,
        title: said.sentence,
        detail: said.next,
        href: to('records', record.id),
        dismissible: true,
      };
    });
}

function flagMatters(record: RecordView<'photo'> | RecordView<'checkIn'>): Matter[] {
  const flags: readonly EvidenceFlag[] = record.server?.flags ?? [];
  return flags.map((flag) => ({
    key: flag.id,
    tone: flag.state === 'confirmed' ? ('bad' as const) : ('warn' as const),
    icon: 'flag' as const,
    title: explain(flag.code, flag.params).sentence,
    detail: `${t(record.kind === 'photo' ? 'kind.photo' : 'kind.checkIn')} ${sayMoment(record.values.captured.at)}`,
    href: to('records', record.id),
    dismissible: true,
  }));
}
