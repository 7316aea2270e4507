import type { EvidenceDecision, EvidenceItem, EvidenceList, PhotoValues, Position } from '@contract/generated/contract';
import { sayAccuracy, sayPosition } from '@shared/device/fix';
import { sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { Cards } from '../matters/cards';
import { type About, aboutOf, titleOf } from '../matters/records';
import { stateAsked, Tabs } from '../matters/tabs';
import { Why } from '../matters/why';
import { me } from '../me';
import '../matters/matters.css';
import '../reports/reports.css';
import { project, sayScope } from '../projects';
import { peopleOf } from '../reports/names';
import { Picture } from '../reports/picture';
import { query } from '../router';
import { useList } from '../ui/list';
import { Page } from '../ui/page';

const t = sentences({
  title: ['疑点', 'Evidence'],
  states: ['按处理情况', 'By state'],
  open: ['待核查', 'To look into'],
  confirmed: ['属实', 'Confirmed'],
  dismissed: ['已排除', 'Dismissed'],
  none: ['没有待核查的疑点', 'No flag waits'],
  found: ['{at} 发现', 'Found {at}'],
  decided: ['{name} · {at}:{reason}', '{name} · {at}: {reason}'],
  other: ['其他人', 'Another person'],
  elsewhere: ['另一方不在您可查看的范围', 'The other side is not yours to see'],
  own: ['与您本人有关,由他人核查', 'It is about yourself: others look into it'],
  confirm: ['认定属实', 'Confirm'],
  dismiss: ['排除', 'Dismiss'],
  reopen: ['重新核查', 'Look into it again'],
  'confirm.title': ['认定疑点属实?', 'Is there something to it?'],
  'dismiss.title': ['排除这个疑点?', 'Is there nothing to it?'],
  'reopen.title': ['撤回认定,重新核查?', 'Take the decision back?'],
  done: ['已处理', 'Done'],
  photo: ['照片', 'Photograph'],
});

interface Row {
  readonly flag: EvidenceItem;
  readonly sides: readonly Side[];
  readonly names: ReadonlyMap<string, string>;
}

interface Side extends About {
  readonly scope: string;
  readonly name: string;
}

const PAGE = 20;

/** What speaks against photographs and check-ins: both sides, and a decision with its reason. */
export default function EvidencePage() {
  const state = stateAsked('open');
  const listing = useList(
    async (after) => {
      const asked = { state, project: project.value?.id, after, limit: PAGE };
      const page = await get<EvidenceList>('/v1/evidence', asked);
      return { rows: await Promise.all(page.flags.map(rowOf)), next: page.next ?? '' };
    },
    [query.value.toString(), project.value?.id],
  );
  return (
    <Page title={t('title')} wide>
      <Tabs
        label={t('states')}
        states={[
          ['open', t('open')],
          ['confirmed', t('confirmed')],
          ['dismissed', t('dismissed')],
        ]}
      />
      <Cards of={listing} empty={t('none')}>
        {(row) => (
          <Flag
            key={row.flag.id}
            row={row}
            onDecided={() => listing.change((rows) => rows.filter((one) => one.flag.id !== row.flag.id))}
          />
        )}
      </Cards>
    </Page>
  );
}

async function rowOf(flag: EvidenceItem): Promise<Row> {
  const names = await peopleOf(flag.scope);
  const side = async (record: string, scope: string, person: string): Promise<Side> => ({
    ...(await aboutOf(record)),
    scope,
    name: (await peopleOf(scope)).get(person) ?? t('other'),
  });
  const sides = [side(flag.record, flag.scope, flag.person)];
  if (flag.other && flag.otherScope) sides.push(side(flag.other, flag.otherScope, flag.otherPerson ?? ''));
  return { flag, names, sides: await Promise.all(sides) };
}

type Act = 'confirm' | 'dismiss' | 'reopen';

function Flag({ row, onDecided }: { row: Row; onDecided: () => void }) {
  const { flag, sides, names } = row;
  const [asking, ask] = useState<Act>();
  const said = explain(flag.code, flag.params);
  const person = me.value?.person;
  const own = flag.person === person || flag.otherPerson === person;
  const acts: readonly Act[] = (flag.state ?? 'open') === 'open' ? ['confirm', 'dismiss'] : ['reopen'];
  return (
    <article class="card flag" aria-label={said.sentence}>
      <h2>{said.sentence}</h2>
      <p class="small quiet">{[said.next, t('found', { at: sayMoment(flag.foundAt) })].filter(Boolean).join(' ')}</p>
      {flag.by && flag.at && (
        <p class="small">
          {t('decided', {
            name: names.get(flag.by) ?? t('other'),
            at: sayMoment(flag.at),
            reason: flag.reason ?? '',
          })}
        </p>
      )}
      <div class="sides">
        {sides.map((side, at) => (
          <Capture key={side.record?.id ?? at} side={side} />
        ))}
      </div>
      {own ? (
        <p class="small quiet">{t('own')}</p>
      ) : (
        <div class="buttons no-print">
          {acts.map((act) => (
            <button key={act} type="button" class="button" onClick={() => ask(act)}>
              {t(act)}
            </button>
          ))}
        </div>
      )}
      {asking && (
        <Why
          about={`${flag.id}.${asking}`}
          title={t(`${asking}.title`)}
          does={t(asking)}
          done={t('done')}
          onDo={async (reason) => {
            await post<EvidenceItem>(`/v1/evidence/${flag.id}/${asking}`, { reason } satisfies EvidenceDecision);
            onDecided();
          }}
          onClose={() => ask(undefined)}
        />
      )}
    </article>
  );
}

/** One side: when, where and by whom, and the photograph if it is one. */
function Capture({ side }: { side: Side }) {
  if (!side.record) return <div class="side quiet">{t('elsewhere')}</div>;
  const values = side.record.values as unknown as Partial<PhotoValues>;
  const position = values.position as Position | null | undefined;
  return (
    <div class="side">
      <strong>{titleOf(side)}</strong>
      <span>
        {side.name} <span class="quiet">{sayScope(side.scope)}</span>
      </span>
      {position && (
        <span class="small quiet number">
          {sayPosition(position)} · {position.datum} · {sayAccuracy(position)}
        </span>
      )}
      {values.place && <span class="small">{values.place}</span>}
      {values.note && <span class="small">{values.note}</span>}
      {values.blob && <Picture sha256={values.blob} label={titleOf(side) || t('photo')} />}
    </div>
  );
}
