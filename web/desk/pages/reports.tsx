import type { ReportCounts, ReportRow, ReportRows } from '@contract/generated/contract';
import { labelled, sentences } from '@shared/words/i18n';
import { sayMoment } from '@shared/words/when';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api';
import { holds } from '../me';
import { project, projects, sayScope } from '../projects';
import { Bulk } from '../reports/bulk';
import { type Asked, asked, asQuery } from '../reports/filter';
import { allForms } from '../reports/names';
import { keepTrail } from '../reports/trail';
import { Marks, STATES, StateBadge, sayListed, sayState } from '../reports/words';
import { ask, query, to } from '../router';
import { Filters, Input, Select } from '../ui/fields';
import { List, useList } from '../ui/list';
import { Page } from '../ui/page';
import { useLoaded } from '../ui/tasks';
import '../matters/tabs.css';
import '../reports/reports.css';

const t = sentences({
  title: ['报告', 'Reports'],
  filters: ['筛选', 'Filter'],
  states: ['按审核状态', 'By review'],
  all: ['全部', 'All'],
  section: ['标段', 'Section'],
  form: ['表单', 'Form'],
  since: ['自', 'From'],
  until: ['至', 'To'],
  person: ['责任人', 'Responsible'],
  personHint: ['姓名全称', 'Full name'],
  signature: ['签字', 'Signature'],
  unsigned: ['未签字', 'Not signed'],
  signed: ['已签字', 'Signed'],
  amending: ['修订未签', 'Amended, not signed'],
  late: ['补录', 'Written late'],
  conflicts: ['不一致', 'In conflict'],
  flags: ['填写有误', 'Does not fit'],
  marks: ['只看', 'Only'],
  clear: ['清除筛选', 'Clear'],
  day: ['日期', 'Day'],
  state: ['审核', 'Review'],
  notes: ['情况', 'Standing'],
  author: ['填报人', 'Written by'],
  number: ['编号', 'Number'],
  received: ['收到', 'Received'],
  none: ['没有符合条件的报告', 'No report matches'],
});

const MARKS = ['late', 'conflicts', 'flags'] as const;

/** A page of rows, with what it names. */
interface Named extends ReportRow {
  readonly title: string;
  readonly place: string;
  /** Who builds there, and of which project it is where that is not clear. */
  readonly builder: string;
  readonly writer: string;
}

/** Reports by section, form, day, person and state; a supervisor decides about many at once. */
export default function ReportsPage() {
  const now = asked();
  const deps = [JSON.stringify(now), project.value?.id];
  const asOf = useRef('');
  const trail = useRef<{ ids: string[]; next: string }>({ ids: [], next: '' });
  const listing = useList(async (after) => {
    const page = await get<ReportRows>('/v1/reports/rows', { ...asQuery(now), after });
    if (after === '') {
      asOf.current = page.asOf;
      trail.current = { ids: [], next: '' };
    }
    trail.current = { ids: [...trail.current.ids, ...page.rows.map((row) => row.id)], next: page.next ?? '' };
    keepTrail(now, trail.current.ids, trail.current.next);
    return { rows: page.rows.map((row) => named(row, page)), next: page.next ?? '' };
  }, deps);
  const [counts, recount] = useLoaded(() => get<ReportCounts>('/v1/reports/counts', asQuery(now)), deps);
  const [picked, pick] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => pick(new Set()), deps);
  const chosen = listing.rows.filter((row) => picked.has(row.id));
  return (
    <Page title={t('title')} wide>
      <States counts={counts.value} now={now} />
      <Asking counts={counts.value} now={now} />
      {holds(['supervisor']) && (
        <Bulk
          chosen={chosen}
          whole={listing.rows.length > 0 && chosen.length === listing.rows.length && listing.more}
          matching={counts.value?.matching ?? 0}
          asOf={asOf.current}
          onDone={() => {
            pick(new Set());
            listing.reload();
            recount();
          }}
          onDrop={() => pick(new Set())}
        />
      )}
      <List
        of={listing}
        label={t('title')}
        columns={[
          { name: t('day'), cell: (row) => <span class="nowrap">{sayListed(row.day)}</span> },
          {
            name: t('section'),
            cell: (row) => (
              <>
                {row.place} <span class="quiet small">{row.builder}</span>
              </>
            ),
          },
          { name: t('form'), cell: (row) => <span class="nowrap">{row.title}</span> },
          { name: t('state'), cell: (row) => <StateBadge state={row.state} /> },
          { name: t('notes'), cell: (row) => <Marks of={row} /> },
          { name: t('author'), cell: (row) => <span class="nowrap">{row.writer}</span> },
          { name: t('number'), cell: (row) => row.number ?? '', short: true },
          { name: t('received'), cell: (row) => <span class="nowrap">{sayMoment(row.receivedAt)}</span> },
        ]}
        id={(row) => row.id}
        href={(row) => to(`/reports/${row.id}`, now)}
        empty={t('none')}
        {...(holds(['supervisor']) ? { picked, onPick: pick } : {})}
      />
    </Page>
  );
}

function named(row: ReportRow, page: ReportRows): Named {
  const place = page.places?.[row.scope];
  const whole = project.value || projects.value.length === 1 ? '' : place?.projectName;
  return {
    ...row,
    title: labelled(page.forms?.[row.form]) || row.form,
    place: place?.section || place?.projectName || sayScope(row.scope),
    builder: [whole, place?.contractor].filter(Boolean).join(' · '),
    writer: page.people?.[row.author] ?? '',
  };
}

/** The states as tabs, each with how many there are. */
function States({ counts, now }: { counts: ReportCounts | undefined; now: Asked }) {
  const { state: _, ...others } = now;
  const all = counts && counts.waiting + counts.returned + counts.reviewed + counts.approved;
  const tab = (state: string, name: string, figure: number | undefined) => (
    <a
      key={state}
      class="tab"
      href={to('/reports', { ...others, state })}
      {...((now.state ?? '') === state ? { 'aria-current': 'page' as const } : {})}
    >
      {name} <span class="number">{figure === undefined ? '' : sayCount(figure, counts?.most)}</span>
    </a>
  );
  return (
    <nav class="tab-row" aria-label={t('states')}>
      {tab('', t('all'), all)}
      {STATES.map((state) => tab(state, sayState(state), counts?.[state]))}
    </nav>
  );
}

/** A count that ended at its limit means that many or more. */
export function sayCount(figure: number, most = Number.POSITIVE_INFINITY): string {
  return figure >= most ? `${most}+` : String(figure);
}

function Asking({ counts, now }: { counts: ReportCounts | undefined; now: Asked }) {
  const [forms] = useLoaded(allForms, []);
  const sections = (project.value ? [project.value] : projects.value).flatMap((one) =>
    (one.sections ?? []).map((section): readonly [string, string] => [
      `section:${section.id}`,
      sayScope(`section:${section.id}`),
    ]),
  );
  const titles = (forms.value ?? []).map((form): readonly [string, string] => [form.id, labelled(form.title)]);
  const asking = Object.keys(now).some((name) => name !== 'state');
  return (
    <Filters label={t('filters')}>
      <Select
        label={t('section')}
        value={now.scope ?? ''}
        onChange={(scope) => ask({ scope })}
        options={[['', t('all')], ...sections]}
      />
      <Select
        label={t('form')}
        value={now.form ?? ''}
        onChange={(form) => ask({ form })}
        options={[['', t('all')], ...titles]}
      />
      <Input label={t('since')} type="date" value={now.since ?? ''} onChange={(since) => ask({ since })} />
      <Input label={t('until')} type="date" value={now.until ?? ''} onChange={(until) => ask({ until })} />
      <Person value={now.person ?? ''} />
      <Select
        label={t('signature')}
        value={now.signature ?? ''}
        onChange={(signature) => ask({ signature })}
        options={[
          ['', t('all')],
          ['none', t('unsigned')],
          ['signed', t('signed')],
          ['amending', t('amending')],
        ]}
      />
      <fieldset class="marks-asked">
        <legend class="unseen">{t('marks')}</legend>
        {MARKS.map((mark) => (
          <button
            key={mark}
            type="button"
            class="button"
            aria-pressed={now[mark] === 'true'}
            onClick={() => ask({ [mark]: now[mark] === 'true' ? '' : 'true' })}
          >
            {t(mark)} <span class="number">{counts ? sayCount(counts[mark], counts.most) : ''}</span>
          </button>
        ))}
      </fieldset>
      {asking && (
        <a class="button plain" href={to('/reports', { state: now.state })}>
          {t('clear')}
        </a>
      )}
    </Filters>
  );
}

const PAUSE_MS = 400;

/** A name is asked for when its writer pauses. */
function Person({ value }: { value: string }) {
  const [typed, type] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    clearTimeout(timer.current);
    type(query.peek().get('person') ?? '');
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (text: string) => {
    type(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => ask({ person: text.trim() }), PAUSE_MS);
  };
  return <Input label={t('person')} type="search" placeholder={t('personHint')} value={typed} onChange={change} />;
}
