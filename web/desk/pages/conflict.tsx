import type { ConflictDecision, ConflictValues, ResolveConflict, Upsert, Value } from '@contract/generated/contract';
import { Notice } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { useDraft } from '../drafts';
import { type About, aboutOf, pageOf, placeIn, titleOf, valueIn } from '../matters/records';
import { holds } from '../me';
import '../matters/matters.css';
import { sayScope } from '../projects';
import { peopleOf } from '../reports/names';
import { to } from '../router';
import { tell } from '../toast';
import { Area, Form } from '../ui/fields';
import { Awaited, Facts, Page } from '../ui/page';
import { useLoaded, useTask } from '../ui/tasks';
import type { PageProps } from './row';

const t = sentences({
  title: ['不一致', 'Conflict'],
  back: ['返回列表', 'Back to the list'],
  report: ['报告', 'Report'],
  section: ['标段', 'Section'],
  choose: ['选定一个', 'Choose one'],
  standing: ['现在的值', 'As it stands'],
  other: ['其他人', 'Another person'],
  blank: ['(空)', '(blank)'],
  wrote: ['{name} · {at}', '{name} · {at}'],
  gone: ['这一行已被删除;选定一个值会把整行恢复。', 'The row was removed; choosing a value brings it back whole.'],
  reason: ['理由', 'Reason'],
  decide: ['裁定', 'Decide'],
  decided: ['已裁定', 'Decided'],
  decidedBy: ['{name}于 {at} 裁定为“{value}”', '{name} decided for “{value}”, {at}'],
  again: ['其间又有新的填写,请看过后再裁定。', 'Something else came in meanwhile: look at it, then decide again.'],
  changing: ['裁定后要改,请在报告里修改这一项。', 'To change it afterwards, change the answer in the report.'],
});

interface Found extends About {
  readonly id: string;
  readonly scope: string;
  readonly values: ConflictValues;
  readonly names: ReadonlyMap<string, string>;
}

async function find(id: string): Promise<Found> {
  const one = await get<Upsert>(`/v1/records/${id}`);
  const values = one.values as unknown as ConflictValues;
  const [about, names] = await Promise.all([aboutOf(values.record), peopleOf(one.scope)]);
  return { ...about, id, scope: one.scope, values, names };
}

/** One answer that people wrote differently: every value with who and when, and a decision. */
export default function ConflictPage({ params }: PageProps) {
  const id = params.id ?? '';
  const [found, again] = useLoaded(() => find(id), [id]);
  return (
    <Page
      title={found.value ? placeIn(found.value, found.value.values.path) : t('title')}
      actions={
        <a class="button plain" href={to('/conflicts')}>
          {t('back')}
        </a>
      }
    >
      <Awaited of={[found, again]}>{(one) => <Conflict found={one} again={again} />}</Awaited>
    </Page>
  );
}

const WRITERS = ['supervisor', 'clerk', 'contractor', 'inspector'] as const;

function Conflict({ found, again }: { found: Found; again: () => void }) {
  const { values, scope, names } = found;
  const page = pageOf(found.record);
  const open = (values.state ?? 'open') === 'open';
  const say = (value: Value | undefined) => valueIn(found, values.path, value) || t('blank');
  return (
    <>
      <Facts
        rows={[
          [t('report'), page ? <a href={page}>{titleOf(found, values.kind)}</a> : titleOf(found, values.kind)],
          [t('section'), sayScope(scope)],
        ]}
      />
      {values.gone && <Notice tone="warn">{t('gone')}</Notice>}
      {!open && (
        <Notice
          tone="good"
          title={t('decidedBy', {
            name: names.get(values.resolvedBy ?? '') ?? t('other'),
            at: sayMoment(values.at ?? ''),
            value: say(values.chosen),
          })}
        >
          {values.reason && <p>{values.reason}</p>}
          <p class="small">{t('changing')}</p>
        </Notice>
      )}
      {open && holds(WRITERS, scope) ? (
        <Choose found={found} again={again} say={say} />
      ) : (
        <div class="sides">
          {sidesOf(found).map((side) => (
            <div key={side.key} class="side">
              <span class="small quiet">{side.title}</span>
              <span class="side-value">{say(side.value)}</span>
            </div>
          ))}
        </div>
      )}
    </>
  );
}

interface Side {
  readonly key: string;
  readonly title: string;
  readonly value: Value | undefined;
}

/** The value that stands, then what others wanted. */
function sidesOf({ values, names }: Found): readonly Side[] {
  const candidates = Object.values(values.candidates).map((one): Side => {
    const name = names.get(one.by) ?? t('other');
    return { key: one.opId, title: t('wrote', { name, at: sayMoment(one.deviceTime ?? one.at) }), value: one.value };
  });
  return [{ key: 'standing', title: t('standing'), value: values.standing }, ...candidates];
}

function Choose(props: { found: Found; again: () => void; say: (value: Value | undefined) => string }) {
  const { found, again, say } = props;
  const sides = sidesOf(found);
  const [draft, set, forget] = useDraft(`conflict.${found.id}`, { key: '', reason: '' });
  const [left, leave] = useState('');
  const chosen = sides.find((side) => side.key === draft.key);
  const task = useTask(async () => {
    if (!chosen) return;
    const { standing = null, candidates } = found.values;
    const reason = draft.reason.trim();
    const answer = await post<ConflictDecision>(`/v1/conflicts/${found.id}/resolve`, {
      seen: Object.values(candidates).map((one) => one.opId),
      value: chosen.value ?? null,
      standing,
      ...(reason ? { reason } : {}),
    } satisfies ResolveConflict);
    if (answer.state === 'open') leave(answer.code);
    else {
      forget();
      tell(t('decided'));
    }
    again();
  });
  return (
    <div class="decision">
      {left && (
        <Notice tone="warn" title={t('again')} live>
          {explain(left).sentence}
        </Notice>
      )}
      <Form task={task} does={t('decide')} disabled={!chosen}>
        <fieldset class="sides" aria-label={t('choose')}>
          {sides.map((side) => (
            <label key={side.key} class="side">
              <span class="side-head small quiet">
                <input
                  type="radio"
                  name="side"
                  checked={draft.key === side.key}
                  onChange={() => set({ ...draft, key: side.key })}
                />
                {side.title}
              </span>
              <span class="side-value">{say(side.value)}</span>
            </label>
          ))}
        </fieldset>
        <Area
          label={t('reason')}
          optional
          rows={2}
          value={draft.reason}
          onChange={(reason) => set({ ...draft, reason })}
          maxLength={500}
        />
      </Form>
    </div>
  );
}
