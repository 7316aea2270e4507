import type { CalendarDay, CalendarMark, CalendarSection, ReportCalendar } from '@contract/generated/contract';
import { labelled, sentences } from '@shared/words/i18n';
import { dayOf, sayDay } from '@shared/words/when';
import { get } from '../api';
import { Cards } from '../matters/cards';
import { project } from '../projects';
import { ask, query, to } from '../router';
import { Filters, Input, Select } from '../ui/fields';
import { useList } from '../ui/list';
import { Page } from '../ui/page';
import { useLoaded } from '../ui/tasks';
import '../reports/calendar.css';

const t = sentences({
  title: ['日历', 'Calendar'],
  filters: ['筛选', 'Filter'],
  month: ['月份', 'Month'],
  before: ['上月', 'Month before'],
  after: ['下月', 'Month after'],
  form: ['表单', 'Form'],
  section: ['标段', 'Section'],
  expected: ['应报', 'Expected'],
  received: ['实报', 'Received'],
  missing: ['缺报', 'Missing'],
  late: ['补录', 'Late'],
  'mark.received': ['已报', 'there'],
  'mark.late': ['补录', 'written late'],
  'mark.missing': ['缺报', 'missing'],
  'mark.due': ['今天待报', 'due today'],
  sign: ['图例', 'Legend'],
  cell: ['{section} {day}:{mark}', '{section}, {day}: {mark}'],
  conflict: ['有不一致', 'in conflict'],
  none: ['没有按日填报的表单,或没有标段', 'No form is kept by the day, or there is no section'],
});

const SIGNS: Readonly<Record<CalendarMark, string>> = { received: '●', late: '◐', missing: '×', due: '○' };

/** What is expected of a log of the day against what came: sections by the days of a month; a cell opens the day. */
export default function CalendarPage() {
  const month = query.value.get('month') ?? dayOf().slice(0, 7);
  const form = query.value.get('form') ?? '';
  const asked = { month, form, project: project.value?.id };
  const deps = [month, form, project.value?.id];
  const [head] = useLoaded(() => get<ReportCalendar>('/v1/reports/calendar', asked), deps);
  const listing = useList(async (after) => {
    const page = await get<ReportCalendar>('/v1/reports/calendar', { ...asked, after });
    return { rows: page.sections ?? [], next: page.next ?? '' };
  }, deps);
  const days = daysOf(month);
  const forms = head.value?.forms ?? [];
  return (
    <Page title={t('title')} wide>
      <Filters label={t('filters')}>
        <a class="button" href={to('/calendar', { month: step(month, -1), form })}>
          {t('before')}
        </a>
        <Input label={t('month')} type="month" value={month} onChange={(wanted) => wanted && ask({ month: wanted })} />
        <a class="button" href={to('/calendar', { month: step(month, 1), form })}>
          {t('after')}
        </a>
        {forms.length > 1 && (
          <Select
            label={t('form')}
            value={head.value?.form ?? form}
            onChange={(wanted) => ask({ form: wanted })}
            options={forms.map((one): readonly [string, string] => [one.id, labelled(one.title)])}
          />
        )}
        <Legend />
      </Filters>
      {listing.rows.length > 0 && (
        <div class="calendar-frame">
          <table class="table calendar" aria-label={`${t('title')} ${month}`}>
            <thead>
              <tr>
                <th scope="col">{t('section')}</th>
                {days.map((day) => (
                  <th key={day} scope="col" class={isWeekend(day) ? 'day weekend' : 'day'}>
                    {Number(day.slice(8))}
                  </th>
                ))}
                <th scope="col" class="figure">
                  {t('received')}/{t('expected')}
                </th>
                <th scope="col" class="figure">
                  {t('missing')}
                </th>
                <th scope="col" class="figure">
                  {t('late')}
                </th>
              </tr>
            </thead>
            <tbody>
              {listing.rows.map((section) => (
                <SectionRow key={section.scope} section={section} days={days} form={head.value?.form ?? form} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Cards of={listing} empty={t('none')}>
        {() => null}
      </Cards>
    </Page>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label={t('sign')}>
      {(Object.keys(SIGNS) as CalendarMark[]).map((mark) => (
        <li key={mark} class={`mark ${mark}`}>
          <span aria-hidden="true">{SIGNS[mark]}</span> {t(`mark.${mark}`)}
        </li>
      ))}
    </ul>
  );
}

function SectionRow({ section, days, form }: { section: CalendarSection; days: readonly string[]; form: string }) {
  const marks = new Map(section.days.map((day) => [day.day, day]));
  const list = (day: string) => to('/reports', { scope: section.scope, form, since: day, until: day });
  const month = { scope: section.scope, form, since: days[0], until: days.at(-1) };
  return (
    <tr>
      <th scope="row">
        <a class="row-link" href={to('/reports', month)}>
          {section.section}
        </a>{' '}
        <span class="quiet small">{section.contractor}</span>
      </th>
      {days.map((day) => (
        <td key={day} class={isWeekend(day) ? 'day weekend' : 'day'}>
          <Cell day={marks.get(day)} section={section.section} href={list(day)} form={form} scope={section.scope} />
        </td>
      ))}
      <td class="figure">
        {section.received}/{section.expected}
      </td>
      <td class={section.missing > 0 ? 'figure short-of' : 'figure'}>{section.missing}</td>
      <td class="figure">{section.late}</td>
    </tr>
  );
}

function Cell(props: { day: CalendarDay | undefined; section: string; href: string; form: string; scope: string }) {
  const { day, section, href, form, scope } = props;
  if (!day) return null;
  const words = [t(`mark.${day.mark}`), (day.conflicts ?? 0) > 0 && t('conflict')].filter(Boolean).join('、');
  const label = t('cell', { section, day: sayDay(day.day), mark: words });
  const asked = { scope, form, since: day.day, until: day.day };
  return (
    <a
      class={`mark ${day.mark}${(day.conflicts ?? 0) > 0 ? ' disputed' : ''}`}
      href={day.report ? to(`/reports/${day.report}`, asked) : href}
      aria-label={label}
      title={label}
    >
      {SIGNS[day.mark]}
    </a>
  );
}

function daysOf(month: string): readonly string[] {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const many = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length: many }, (_, at) => `${month}-${String(at + 1).padStart(2, '0')}`);
}

function isWeekend(day: string): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

function step(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}
