/** What happened to a report, as the journal has it: who did what when, and what became of it. */
import type { FormDefinition, Timeline, TimelineEntry, Values } from '@contract/generated/contract';
import { shown } from '@shared/forms/answers';
import { nameOf } from '@shared/forms/at';
import { at, within } from '@shared/forms/definition';
import { language, sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { get } from '../api';
import { useList } from '../ui/list';
import { Loading, Trouble } from '../ui/page';
import { sayState } from './words';

const t = sentences({
  title: ['经过', 'What happened'],
  create: ['填报', 'Filed'],
  patch: ['修改', 'Changed'],
  delete: ['删除', 'Deleted'],
  sign: ['签字', 'Signed'],
  resolve: ['裁定不一致', 'Decided a conflict'],
  annotated: ['服务器记录', 'Noted by the server'],
  restored: ['恢复', 'Restored'],
  moved: ['归档或取回', 'Archived or brought back'],
  was: ['原为', 'was'],
  blank: ['(空)', '(blank)'],
  system: ['系统', 'System'],
  more: ['更早的', 'Earlier'],
});

const KNOWN = ['create', 'patch', 'delete', 'sign', 'resolve', 'annotated', 'restored', 'moved'] as const;
/** Outcomes that need no word: it was done. */
const PLAIN: ReadonlySet<string> = new Set(['applied', 'merged']);

interface Happened extends TimelineEntry {
  readonly name: string;
}

export function WhatHappened(props: {
  id: string;
  /** Another one: something happened, and it is asked for again. */
  stamp: string;
  form: FormDefinition;
  fields: Values;
}) {
  const { id, stamp, form, fields } = props;
  const listing = useList<Happened>(
    async (after) => {
      const page = await get<Timeline>(`/v1/records/${id}/timeline`, { after, limit: 50, newest: true });
      const named = (entry: TimelineEntry) => ({ ...entry, name: page.people?.[entry.by] ?? t('system') });
      return { rows: page.entries.map(named), next: page.next ?? '' };
    },
    [id, stamp],
  );
  return (
    <section class="card" aria-labelledby="happened">
      <h2 id="happened">{t('title')}</h2>
      <ol class="timeline">
        {listing.rows.filter(tells).map((entry) => (
          <li key={`${entry.at}${entry.event}${entry.subject}${entry.writtenAt ?? ''}`}>
            <Entry entry={entry} form={form} fields={fields} />
          </li>
        ))}
      </ol>
      <Trouble error={listing.error} onAgain={listing.load} />
      {listing.busy && <Loading />}
      {listing.more && !listing.busy && listing.error === undefined && (
        <button type="button" class="button no-print" onClick={listing.load}>
          {t('more')}
        </button>
      )}
    </section>
  );
}

/** What the server noted besides – files that came, flags – is said elsewhere on the page. */
const tells = (entry: TimelineEntry): boolean => !entry.event.endsWith('.annotated') || Boolean(entry.review);

function sayEvent(entry: TimelineEntry): string {
  if (entry.review) return sayState(entry.review.state);
  const known = KNOWN.find((one) => entry.event.endsWith(`.${one}`));
  return known ? t(known) : entry.event;
}

function Entry({ entry, form, fields }: { entry: Happened; form: FormDefinition; fields: Values }) {
  const reason = entry.review?.reason || entry.reason;
  const say = (path: string, value: Values[string]) =>
    shown(form, at(form, within(path)).field, value, language.value) || t('blank');
  const changes = (entry.changes ?? []).filter(({ path }) => path.startsWith('fields/'));
  return (
    <>
      <p>
        <strong>{sayEvent(entry)}</strong>{' '}
        <span class="small quiet">
          {entry.name} · {sayMoment(entry.at)}
        </span>
      </p>
      {entry.outcome && !PLAIN.has(entry.outcome) && entry.code && <p class="small">{explain(entry.code).sentence}</p>}
      {reason && <p class="small told">{reason}</p>}
      {!entry.event.endsWith('.create') &&
        changes.map(({ path, before = null, after = null }) => (
          <p key={path} class="small">
            <span class="quiet">{nameOf(form, within(path), fields, language.value)}</span> {say(path, after)}{' '}
            <span class="quiet">
              {t('was')} <del>{say(path, before)}</del>
            </span>
          </p>
        ))}
    </>
  );
}
