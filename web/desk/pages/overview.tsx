import type { ReportCalendar, ReportCounts, Role } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { dayBefore, dayOf, sayDay } from '@shared/words/when';
import type { ComponentChildren } from 'preact';
import { get } from '../api';
import { holds } from '../me';
import { project } from '../projects';
import { to } from '../router';
import { Page, Trouble } from '../ui/page';
import { useLoaded } from '../ui/tasks';
import '../reports/overview.css';

const t = sentences({
  title: ['总览', 'Overview'],
  review: ['审核', 'Review'],
  waiting: ['待审核', 'To review'],
  returned: ['已退回,等改正', 'Returned, to be corrected'],
  approved: ['已通过', 'Approved'],
  reports: ['报告总数', 'Reports'],
  attention: ['需要处理', 'Needs a decision'],
  conflicts: ['有不一致的报告', 'Reports in conflict'],
  flags: ['填写有误的报告', 'Reports that do not fit'],
  evidence: ['待核查的疑点', 'Evidence to look into'],
  parked: ['暂存的内容', 'Parked'],
  dead: ['放弃的任务', 'Dead jobs'],
  logs: ['日报', 'Logs of the day'],
  today: ['今天', 'Today'],
  yesterday: ['昨天', 'Yesterday'],
  month: ['本月', 'This month'],
  of: ['{received} / {expected}', '{received} / {expected}'],
  missing: ['缺报 {n}', 'missing {n}'],
  complete: ['齐', 'complete'],
  worst: ['缺报最多的标段', 'Sections with most missing'],
  days: ['缺 {n} 天', '{n} days missing'],
  none: ['没有缺报', 'None is missing'],
  late: ['补录', 'Written late'],
  asOf: ['数据截至 {at}', 'As of {at}'],
  noLogs: ['没有按日填报的表单', 'No form is kept by the day'],
});

const DESK: readonly Role[] = ['clerk', 'supervisor'];
/** Sections are counted page by page; nobody leads more. */
const PAGES = 40;
const MOST = 500;

/** How things stand: what waits, what is missing; every figure leads to what it counts. */
export default function OverviewPage() {
  const deps = [project.value?.id];
  const asked = { project: project.value?.id };
  const [counts, recount] = useLoaded(() => get<ReportCounts>('/v1/reports/counts', asked), deps);
  const [month, again] = useLoaded(() => wholeMonth(dayOf().slice(0, 7)), deps);
  return (
    <Page title={t('title')}>
      <Trouble error={counts.state === 'failed' ? counts.error : undefined} onAgain={recount} />
      {counts.value && <Reports counts={counts.value} />}
      <Trouble error={month.state === 'failed' ? month.error : undefined} onAgain={again} />
      {month.value && <Logs month={month.value} />}
    </Page>
  );
}

function Tile(props: {
  name: string;
  href: string;
  tone?: 'bad' | 'warn';
  children: ComponentChildren;
  note?: string;
}) {
  return (
    <a class={props.tone ? `tile ${props.tone}` : 'tile'} href={props.href}>
      <span class="tile-name">{props.name}</span>
      <span class="tile-figure number">{props.children}</span>
      {props.note && <span class="small quiet">{props.note}</span>}
    </a>
  );
}

function Reports({ counts }: { counts: ReportCounts }) {
  const say = (figure: number) => (figure >= counts.most ? `${counts.most}+` : String(figure));
  const tone = (figure: number, what: 'bad' | 'warn') => (figure > 0 ? { tone: what } : {});
  return (
    <>
      <section aria-labelledby="review">
        <h2 id="review">{t('review')}</h2>
        <div class="tiles">
          <Tile name={t('waiting')} href={to('/reports', { state: 'waiting' })}>
            {say(counts.waiting)}
          </Tile>
          <Tile name={t('returned')} href={to('/reports', { state: 'returned' })} {...tone(counts.returned, 'warn')}>
            {say(counts.returned)}
          </Tile>
          <Tile name={t('approved')} href={to('/reports', { state: 'approved' })}>
            {say(counts.approved)}
          </Tile>
          <Tile name={t('reports')} href={to('/reports')}>
            {say(counts.matching)}
          </Tile>
        </div>
      </section>
      <section aria-labelledby="attention">
        <h2 id="attention">{t('attention')}</h2>
        <div class="tiles">
          <Tile name={t('conflicts')} href={to('/reports', { conflicts: 'true' })} {...tone(counts.conflicts, 'bad')}>
            {say(counts.conflicts)}
          </Tile>
          <Tile name={t('flags')} href={to('/reports', { flags: 'true' })} {...tone(counts.flags, 'warn')}>
            {say(counts.flags)}
          </Tile>
          <Tile name={t('late')} href={to('/reports', { late: 'true' })}>
            {say(counts.late)}
          </Tile>
          {holds(DESK) && <Waiting />}
        </div>
      </section>
    </>
  );
}

/** What only the desk looks after: as many as one page of each list holds. */
function Waiting() {
  const deps = [project.value?.id];
  const asked = { project: project.value?.id, limit: MOST };
  const [evidence] = useLoaded(() => get<{ flags: unknown[] }>('/v1/evidence', asked), deps);
  const [parked] = useLoaded(() => get<{ parked: unknown[] }>('/v1/parked', asked), deps);
  const say = (many: number | undefined) => (many === undefined ? '…' : many >= MOST ? `${MOST}+` : String(many));
  const [flags, ops] = [evidence.value?.flags.length, parked.value?.parked.length];
  return (
    <>
      <Tile name={t('evidence')} href={to('/evidence')} {...(flags ? { tone: 'warn' as const } : {})}>
        {say(flags)}
      </Tile>
      <Tile name={t('parked')} href={to('/parked')} {...(ops ? { tone: 'warn' as const } : {})}>
        {say(ops)}
      </Tile>
    </>
  );
}

async function wholeMonth(month: string): Promise<ReportCalendar> {
  let whole: ReportCalendar | undefined;
  let after = '';
  for (let page = 0; page < PAGES; page++) {
    const asked = { month, project: project.value?.id, after };
    const found: ReportCalendar = await get<ReportCalendar>('/v1/reports/calendar', asked);
    whole = { ...found, sections: [...(whole?.sections ?? []), ...(found.sections ?? [])] };
    after = found.next ?? '';
    if (after === '') break;
  }
  return whole as ReportCalendar;
}

/** Logs of today and of the month against what is expected, and where most are missing. */
function Logs({ month }: { month: ReportCalendar }) {
  const sections = month.sections ?? [];
  if (month.forms.length === 0) return <p class="quiet">{t('noLogs')}</p>;
  const today = dayOf();
  const day = (wanted: string) => {
    const marks = sections.flatMap((section) => section.days.filter((one) => one.day === wanted));
    return { expected: marks.length, received: marks.filter((one) => one.report).length };
  };
  const sum = (what: 'expected' | 'received' | 'missing') => sections.reduce((all, one) => all + one[what], 0);
  const worst = [...sections].sort((a, b) => b.missing - a.missing).filter((one) => one.missing > 0);
  const days = [today, ...(dayBefore(today).startsWith(month.month) ? [dayBefore(today)] : [])];
  const calendar = to('/calendar', { month: month.month, form: month.form });
  return (
    <>
      <section aria-labelledby="logs">
        <h2 id="logs">{t('logs')}</h2>
        <div class="tiles">
          {days.map((one) => (
            <Tile
              key={one}
              name={`${t(one === today ? 'today' : 'yesterday')} ${sayDay(one)}`}
              href={to('/reports', { form: month.form, since: one, until: one })}
            >
              {t('of', day(one))}
            </Tile>
          ))}
          <Tile
            name={t('month')}
            href={calendar}
            note={sum('missing') > 0 ? t('missing', { n: sum('missing') }) : t('complete')}
            {...(sum('missing') > 0 ? { tone: 'warn' as const } : {})}
          >
            {t('of', { received: sum('received'), expected: sum('expected') })}
          </Tile>
        </div>
      </section>
      <section aria-labelledby="worst">
        <h2 id="worst">{t('worst')}</h2>
        {worst.length === 0 ? (
          <p class="quiet">{t('none')}</p>
        ) : (
          <ol class="worst">
            {worst.slice(0, 10).map((section) => (
              <li key={section.scope}>
                <a href={calendar}>{section.section}</a> <span class="quiet small">{section.contractor}</span>{' '}
                <span class="number">{t('days', { n: section.missing })}</span>
              </li>
            ))}
          </ol>
        )}
      </section>
    </>
  );
}
