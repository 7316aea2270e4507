import type {
  FormDefinition,
  ReportReview,
  ReportServer,
  ReportValues,
  ReviewReport,
  Upsert,
  Values,
} from '@contract/generated/contract';
import { nameOf } from '@shared/forms/at';
import { within } from '@shared/forms/definition';
import { SignedVersions } from '@shared/forms/ui/versions';
import { conflictId } from '@shared/protocol/ids';
import { Notice } from '@shared/ui/parts';
import { labelled, language, sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { useEffect } from 'preact/hooks';
import { get, post } from '../api';
import { useDraft } from '../drafts';
import { holds, me } from '../me';
import { sayScope } from '../projects';
import { Decide, type Returning } from '../reports/decide';
import { asked } from '../reports/filter';
import { formOf, peopleOf } from '../reports/names';
import { ReportReading } from '../reports/reading';
import { WhatHappened } from '../reports/timeline';
import { type Beside, beside } from '../reports/trail';
import { Marks, StateBadge, saySpan } from '../reports/words';
import { go, to } from '../router';
import { Awaited, Facts, Page } from '../ui/page';
import { useLoaded } from '../ui/tasks';
import type { PageProps } from './row';
import '../reports/reports.css';

const t = sentences({
  title: ['报告', 'Report'],
  back: ['返回列表', 'Back to the list'],
  before: ['上一份', 'Previous'],
  after: ['下一份', 'Next'],
  keys: ['Alt+↑ / Alt+↓ 翻看上一份、下一份', 'Alt+↑ / Alt+↓: previous, next'],
  print: ['打印', 'Print'],
  place: ['标段', 'Section'],
  form: ['表单', 'Form'],
  version: ['{title}(第 {n} 版)', '{title} (version {n})'],
  source: ['来源', 'Source'],
  'source.phone': ['手机填报', 'Phone'],
  'source.scan': ['纸质扫描', 'Scanned paper'],
  'source.desk': ['桌面端', 'Desk'],
  received: ['收到', 'Received'],
  late: ['补录', 'Written late'],
  lateBy: ['{at} 写成,迟 {by}', 'Written {at}, late by {by}'],
  signedBy: ['签字', 'Signed'],
  unsigned: ['未签字', 'Not signed'],
  scan: ['看扫描件', 'The scan'],
  files: ['附件', 'Files'],
  filesAll: ['{n} 个,已全部收到', '{n}, all here'],
  filesSome: ['{n} 个,收到 {there} 个', '{n}, {there} here'],
  amended: ['修订原因', 'Why amended'],
  review: ['审核', 'Review'],
  reviewed: ['{name} · {at}', '{name} · {at}'],
  since: ['审核之后内容又有改动,请重新审核。', 'It has changed since it was reviewed: review it again.'],
  misfits: ['{n} 处填写不符合表单', '{n} answers do not fit the form'],
  conflicts: ['{n} 处不一致,待裁定', 'Conflicts to be decided: {n}'],
  deleted: ['这份报告已被删除', 'This report was deleted'],
  beside: ['审核与经过', 'Review and what happened'],
  other: ['其他人', 'Another person'],
});

interface Found {
  readonly record: Upsert;
  readonly values: ReportValues;
  readonly server: ReportServer;
  readonly form: FormDefinition;
  readonly names: ReadonlyMap<string, string>;
  /** Addresses of its conflicts by path. */
  readonly conflicts: ReadonlyMap<string, string>;
}

async function find(id: string): Promise<Found> {
  const record = await get<Upsert>(`/v1/records/${id}`);
  const values = record.values as unknown as ReportValues;
  const server = record.server as unknown as ReportServer;
  const [form, names] = await Promise.all([formOf(values.form, values.formVersion), peopleOf(record.scope)]);
  const open = (server.openConflicts ?? []).map((path): [string, string] => [
    path,
    to(`/conflicts/${conflictId(id, path)}`),
  ]);
  return { record, values, server, form, names, conflicts: new Map(open) };
}

/** A report as its form, with what stands against it; a supervisor approves or returns it. */
export default function ReportPage({ params }: PageProps) {
  const id = params.id ?? '';
  const now = asked();
  const [found, again] = useLoaded(() => find(id), [id]);
  const [around] = useLoaded(() => beside(now, id), [id, JSON.stringify(now)]);
  const title = found.value ? headline(found.value) : t('title');
  return (
    <Page title={title} wide actions={<Steps around={around.value ?? {}} />}>
      <Awaited of={[found, again]}>{(one) => <Report found={one} onReviewed={again} />}</Awaited>
    </Page>
  );
}

const headline = ({ form, values }: Found): string =>
  [labelled(form.title), dayOf(form, values.fields)].filter(Boolean).join(' · ');

/** The day and the number that a report gives itself. */
function dayOf(form: FormDefinition, fields: Values): string {
  const said = form.items
    .flatMap((item) => (item.item === 'group' ? item.items : [item]))
    .flatMap((item) => {
      const wanted = item.item === 'field' && (item.means === 'document.date' || item.means === 'document.number');
      return wanted && typeof fields[item.name] === 'string' ? [String(fields[item.name])] : [];
    });
  return said.join(' · ');
}

/** Back to the list, and from report to report. */
function Steps({ around }: { around: Beside }) {
  const now = asked();
  const step = (id: string | undefined) => id && to(`/reports/${id}`, now);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
      const address = step({ ArrowUp: around.before, ArrowDown: around.after }[event.key]);
      if (!address) return;
      event.preventDefault();
      go(address, true);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [around.before, around.after, JSON.stringify(now)]);
  const button = (name: string, id: string | undefined, keys: string) => {
    const address = step(id);
    return address ? (
      <a class="button" href={address} title={t('keys')} aria-keyshortcuts={keys}>
        {name}
      </a>
    ) : (
      <span class="button" aria-disabled="true">
        {name}
      </span>
    );
  };
  return (
    <>
      <a class="button plain" href={to('/reports', now)}>
        {t('back')}
      </a>
      {button(t('before'), around.before, 'Alt+ArrowUp')}
      {button(t('after'), around.after, 'Alt+ArrowDown')}
      <button type="button" class="button" onClick={() => print()}>
        {t('print')}
      </button>
    </>
  );
}

const NOTHING: Returning = { on: false, reason: '', fields: {} };

function Report({ found, onReviewed }: { found: Found; onReviewed: () => void }) {
  const { record, values, server, form, conflicts } = found;
  const [returning, set, forget] = useDraft<Returning>(`review.${record.id}`, NOTHING);
  const mayDecide = holds(['supervisor'], record.scope);
  const review = server.review ?? undefined;
  const stands = review?.digest === record.digest;
  const signed = server.signed ?? [];
  const decide = async (asked: Omit<ReviewReport, 'digest'>) => {
    const body = { ...asked, digest: record.digest } satisfies ReviewReport;
    await post<ReportReview>(`/v1/reports/${record.id}/review`, body);
    forget();
    onReviewed();
  };
  const point = (path: string, reason?: string) => {
    const { [path]: _, ...others } = returning.fields;
    set({ ...returning, fields: reason === undefined ? others : { ...others, [path]: reason } });
  };
  return (
    <div class="report">
      <article class="sheet-of-report">
        <dl class="sheet-head">
          <Head name={t('place')}>{sayScope(record.scope)}</Head>
          <Head name={t('form')}>{t('version', { title: labelled(form.title), n: form.version })}</Head>
        </dl>
        <ReportReading
          form={form}
          fields={values.fields}
          flags={server.fieldFlags ?? []}
          conflicts={conflicts}
          {...(review?.state === 'returned' && review.fields ? { reasons: review.fields } : {})}
          {...(mayDecide && returning.on ? { pointing: { reasons: returning.fields, set: point } } : {})}
        />
      </article>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it */}
      <aside class="beside" aria-label={t('beside')} tabIndex={0}>
        <Standing found={found} stands={stands} />
        {mayDecide && (
          <Decide
            returning={returning}
            set={set}
            onDecide={decide}
            named={(path) => nameOf(form, within(path), values.fields, language.value)}
            own={signed.some((version) => version.by === me.value?.person)}
          />
        )}
        <About found={found} />
        {signed.length > 0 && (
          <SignedVersions
            form={form}
            signed={signed}
            names={(person) => found.names.get(person)}
            {...(signed.at(-1)?.digest === record.digest ? {} : { amended: values.fields })}
          />
        )}
        <WhatHappened id={record.id} stamp={`${record.rev} ${review?.at ?? ''}`} form={form} fields={values.fields} />
      </aside>
    </div>
  );
}

function Head({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Where it stands, and what speaks against it. */
function Standing({ found, stands }: { found: Found; stands: boolean }) {
  const { server, form, values, names, conflicts } = found;
  const review = server.review ?? undefined;
  const flags = server.fieldFlags ?? [];
  const reasons = Object.entries(review?.fields ?? {});
  return (
    <section class="card" aria-labelledby="standing">
      <h2 id="standing">{t('review')}</h2>
      <p>
        <StateBadge state={review && stands ? review.state : 'waiting'} />{' '}
        <Marks
          of={{
            signature: signatureOf(found),
            late: server.late?.minutes ?? null,
            conflicts: conflicts.size,
            flags: flags.length,
          }}
        />
      </p>
      {server.deletedBy && <Notice tone="bad" title={t('deleted')} />}
      {review && (
        <div>
          <p class="small quiet">
            {!stands && <StateBadge state={review.state} />}{' '}
            {t('reviewed', { name: names.get(review.by) ?? t('other'), at: sayMoment(review.at) })}
          </p>
          {review.reason && <p class="told">{review.reason}</p>}
          {reasons.length > 0 && (
            <ul class="bullets">
              {reasons.map(([path, reason]) => (
                <li key={path}>
                  <span class="quiet">{nameOf(form, within(path), values.fields, language.value)}</span> {reason}
                </li>
              ))}
            </ul>
          )}
          {!stands && <p class="small">{t('since')}</p>}
        </div>
      )}
      {conflicts.size > 0 && <Notice tone="bad" title={t('conflicts', { n: conflicts.size })} />}
      {flags.length > 0 && (
        <Notice tone="warn" title={t('misfits', { n: flags.length })}>
          <ul class="bullets">
            {flags.map((flag) => (
              <li key={flag.path}>
                {explain(flag.code, { path: nameOf(form, within(flag.path), values.fields, language.value) }).sentence}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </section>
  );
}

function signatureOf({ server, record }: Found) {
  const last = server.signed?.at(-1);
  if (!last) return 'none' as const;
  return last.digest === record.digest ? ('signed' as const) : ('amending' as const);
}

const SOURCES = ['phone', 'scan', 'desk'] as const;

function About({ found }: { found: Found }) {
  const { record, server, values, names } = found;
  const source = SOURCES.find((known) => known === (server.source ?? 'phone'));
  const last = server.signed?.at(-1);
  const files = server.files ?? [];
  const there = files.filter((one) => one.state === 'stored').length;
  const rows: (readonly [string, preact.ComponentChildren])[] = [
    [t('place'), sayScope(record.scope)],
    [t('source'), source ? t(`source.${source}`) : server.source],
    [t('received'), sayMoment(server.receivedAt)],
    [t('signedBy'), last ? `${names.get(last.by) ?? t('other')} · ${sayMoment(last.at)}` : t('unsigned')],
  ];
  if (server.late)
    rows.push([t('late'), t('lateBy', { at: sayMoment(server.late.writtenAt), by: saySpan(server.late.minutes) })]);
  if (values.reason) rows.push([t('amended'), values.reason]);
  if (files.length > 0)
    rows.push([t('files'), t(there === files.length ? 'filesAll' : 'filesSome', { n: files.length, there })]);
  return (
    <section class="card">
      <Facts rows={rows} />
    </section>
  );
}
