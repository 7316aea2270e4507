import type { FieldFlag, FormDefinition } from '@contract/generated/contract';
import type { RecordView } from '@shared/protocol/phone';
import { labelled, type Sentence, say } from '@shared/words/i18n';
import { dayOf, sayMoment } from '@shared/words/when';
import { to } from '../router';
import { t } from '../sentences';
import type { KindRow, Matter } from './row';

const CALLED: Sentence = ['表单', 'Report'];

export const report: KindRow<'report'> = {
  called: CALLED,
  deed: {
    icon: 'log',
    today: false, // the card of the day's log says how it stands
    mine: () => true,
    at: (one) => Date.parse(touched(one)) || 0,
    day: (one) => {
      const day = one.values.fields?.business_date;
      if (typeof day === 'string') return day;
      return touched(one) && dayOf(new Date(touched(one)));
    },
    title: ([one], forms) => formTitle(one?.values.form ?? '', forms),
  },
  address: (id) => to('report', id),
  asks: (one, { person, warned }) => [...reviewMatters(one, person), ...misfitMatters(one, warned.get(one.id) ?? [])],
};

/** When it was last changed here, else when the server had it. */
function touched(one: RecordView<'report'>): string {
  return one.pending.at(-1)?.at ?? one.server?.receivedAt ?? '';
}

/** What a report of this form is called. */
export function formTitle(form: string, forms: readonly FormDefinition[]): string {
  return labelled(forms.find((one) => one.id === form)?.title) || say(CALLED);
}

/** What this phone was warned of and the server still flags, until it is corrected here. */
function misfitMatters(one: RecordView<'report'>, warned: readonly FieldFlag[]): Matter[] {
  if (one.pending.length > 0) return [];
  const left = (one.server?.fieldFlags ?? []).filter((flag) => warned.some((mine) => mine.path === flag.path));
  if (left.length === 0) return [];
  return [
    {
      key: `${one.id}:misfits`,
      tone: 'warn',
      icon: 'alert',
      title: t('matter.misfit', { n: left.length }),
      detail: t('matter.misfitNext'),
      href: to('report', one.id),
      dismissible: false,
    },
  ];
}

/** What a supervisor decided about a report. A returned one stays until it is changed; then it waits for another look. */
function reviewMatters(one: RecordView<'report'>, person: string): Matter[] {
  const review = one.server?.review;
  if (!review || review.by === person) return [];
  if (review.digest !== one.digest || one.pending.length > 0) return [];
  const returned = review.state === 'returned';
  return [
    {
      key: `${one.id}:${review.at}`,
      tone: returned ? 'bad' : 'good',
      icon: returned ? 'flag' : 'check',
      title: t(`matter.${review.state}`),
      detail: review.reason || Object.values(review.fields ?? {}).join(' · ') || sayMoment(review.at),
      href: to('report', one.id),
      dismissible: !returned,
    },
  ];
}
