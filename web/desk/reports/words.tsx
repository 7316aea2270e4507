import type { ReportRow, ReportState } from '@contract/generated/contract';
import { Badge, type Tone } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { sayDay } from '@shared/words/when';
import type { ComponentChildren } from 'preact';

/** What lists and pages of reports say alike. */
export const TABLE = {
  waiting: ['待审核', 'To review'],
  reviewed: ['已审核', 'Reviewed'],
  returned: ['已退回', 'Returned'],
  approved: ['已通过', 'Approved'],
  signed: ['已签字', 'Signed'],
  amending: ['修订未签', 'Amended, not signed'],
  unsigned: ['未签字', 'Not signed'],
  late: ['补录', 'Written late'],
  lateBy: ['补录 {by}', 'Late by {by}'],
  conflicts: ['不一致', 'In conflict'],
  conflictsN: ['{n} 处不一致', 'Conflicts: {n}'],
  flags: ['填写有误', 'Does not fit'],
  flagsN: ['{n} 处填写有误', 'Misfits: {n}'],
  days: ['{n} 天', '{n} d'],
  hours: ['{n} 小时', '{n} h'],
  minutes: ['{n} 分钟', '{n} min'],
} as const;

const t = sentences(TABLE);

export const STATES: readonly ReportState[] = ['waiting', 'returned', 'reviewed', 'approved'];

const TONES: Readonly<Record<ReportState, Tone | undefined>> = {
  waiting: 'accent',
  reviewed: 'good',
  returned: 'bad',
  approved: 'good',
};

export const sayState = (state: ReportState): string => t(state);

export function StateBadge({ state }: { state: ReportState }) {
  const tone = TONES[state];
  return <Badge {...(tone ? { tone } : {})}>{t(state)}</Badge>;
}

/** What is to be known of a report at a glance besides its state. */
export function Marks({
  of,
}: {
  of: Pick<ReportRow, 'signature' | 'late' | 'conflicts' | 'flags'>;
}): ComponentChildren {
  const { signature, late, conflicts = 0, flags = 0 } = of;
  return (
    <span class="marks">
      {signature === 'signed' && <Badge>{t('signed')}</Badge>}
      {signature === 'amending' && <Badge tone="warn">{t('amending')}</Badge>}
      {conflicts > 0 && <Badge tone="bad">{t('conflictsN', { n: conflicts })}</Badge>}
      {flags > 0 && <Badge tone="warn">{t('flagsN', { n: flags })}</Badge>}
      {late != null && <Badge tone="warn">{t('lateBy', { by: saySpan(late) })}</Badge>}
    </span>
  );
}

/** Minutes in their largest unit that is not zero. */
export function saySpan(minutes: number): string {
  if (minutes >= 1440) return t('days', { n: Math.floor(minutes / 1440) });
  if (minutes >= 60) return t('hours', { n: Math.floor(minutes / 60) });
  return t('minutes', { n: minutes });
}

/** 2026-11-18 周三, as lists of many months need it; of this year without the year. */
export function sayListed(day: string): string {
  return day.startsWith(`${new Date().getFullYear()}-`) ? sayDay(day) : `${day.slice(0, 4)} · ${sayDay(day)}`;
}
