import type {
  ApplyParked,
  DiscardParked,
  ParkedServer,
  ParkedState,
  ParkedValues,
  ReopenParked,
  RetryParked,
  Upsert,
  Values,
} from '@contract/generated/contract';
import { within } from '@shared/forms/definition';
import { valueAt } from '@shared/forms/draft';
import { Notice } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { post } from '../api';
import { type KeptOp, sayAction, wantedBy } from './ops';
import { type About, aboutOf, pageOf, placeIn, sayKind, titleOf, valueIn } from './records';
import { Why } from './why';
import './matters.css';
import { sayScope } from '../projects';
import { formOf, peopleOf } from '../reports/names';
import { Facts } from '../ui/page';

const t = sentences({
  by: ['填报人', 'Sent by'],
  written: ['写于', 'Written'],
  received: ['收到', 'Received'],
  section: ['标段', 'Section'],
  about: ['关于', 'About'],
  unknown: ['服务器没有这条记录,或您不能查看', 'The server has no such record, or it is not yours to see'],
  place: ['哪一项', 'Answer'],
  wanted: ['暂存的值', 'Parked'],
  now: ['现在的值', 'Now'],
  nothing: ['没有可读的内容', 'Nothing that can be read'],
  blank: ['(空)', '(blank)'],
  other: ['其他人', 'Another person'],
  retry: ['再试一次', 'Try again'],
  'retry.title': ['以填报人的名义再试一次?', 'Try again in its author’s name?'],
  'retry.hint': ['连同同一组的内容一起重试', 'With the others of its unit'],
  apply: ['采用', 'Apply'],
  'apply.title': ['由您负责采用?', 'Apply it on your authority?'],
  'apply.hint': ['内容照原样写入;填报人予以保留', 'As it came; its author is kept'],
  discard: ['作废', 'Discard'],
  'discard.title': ['作废这条内容?', 'Discard it?'],
  'discard.hint': ['填报人会在手机上看到理由;可以撤销', 'Its author sees why on the phone; it can be taken back'],
  reopen: ['撤销作废', 'Take the discarding back'],
  'reopen.title': ['撤销作废?', 'Take the discarding back?'],
  'reopen.hint': ['重新等待处理', 'It waits for a decision again'],
  done: ['已处理', 'Done'],
  still: ['仍然暂存:{why}', 'Still parked: {why}'],
  waiting: ['待处理', 'Waiting'],
  applied: ['已采用', 'Applied'],
  discarded: ['已作废', 'Discarded'],
  settled: ['{name} · {at}', '{name} · {at}'],
});

export interface ParkedOp extends About {
  readonly id: string;
  readonly values: ParkedValues;
  readonly server: ParkedServer;
  readonly op: KeptOp;
  readonly names: ReadonlyMap<string, string>;
}

/** An op that is kept, with what it is about and who is named in it. */
export async function parkedOf(one: Upsert): Promise<ParkedOp> {
  const values = one.values as unknown as ParkedValues;
  const op = (values.op ?? {}) as KeptOp;
  const [about, names] = await Promise.all([aboutOf(op.id), op.scope ? peopleOf(op.scope) : new Map<string, string>()]);
  const { form, formVersion } = (op.values ?? {}) as { form?: string; formVersion?: number };
  const asked = !about.form && form && formVersion ? await formOf(form, formVersion).catch(() => undefined) : undefined;
  const server = one.server as unknown as ParkedServer;
  return { ...about, ...(asked ? { form: asked } : {}), id: one.id, values, server, op, names };
}

/** One op that is kept without being applied: why, what it wanted beside what is there, and what is done with it. */
export function Parked({ found, onDecided }: { found: ParkedOp; onDecided: () => void }) {
  const { values, server, op, names } = found;
  const said = explain(values.code);
  const state = values.state ?? 'waiting';
  const name = (person: string) => names.get(person) ?? t('other');
  const page = pageOf(found.record);
  const title = [sayAction(op.action ?? ''), found.record ? titleOf(found, op.kind) : sayKind(op.kind ?? '')].join(
    ' · ',
  );
  return (
    <article class="card" aria-label={title}>
      <h2>{title}</h2>
      <Notice tone={state === 'applied' ? 'good' : 'warn'} title={`${t(state)}:${said.sentence}`}>
        {state === 'waiting' && said.next && <p>{said.next}</p>}
        {values.settledAt && (
          <p class="small">{t('settled', { name: name(values.settledBy ?? ''), at: sayMoment(values.settledAt) })}</p>
        )}
        {values.reason && <p>{values.reason}</p>}
      </Notice>
      <Facts
        rows={[
          [t('by'), name(server.by)],
          [t('section'), sayScope(op.scope ?? '')],
          [t('written'), op.at ? sayMoment(op.at) : ''],
          [t('received'), sayMoment(server.receivedAt)],
          [
            t('about'),
            page ? (
              <a href={page}>{titleOf(found, op.kind)}</a>
            ) : found.record ? (
              titleOf(found, op.kind)
            ) : (
              <span class="quiet">{t('unknown')}</span>
            ),
          ],
        ]}
      />
      <Sides found={found} />
      <Decisions id={found.id} state={state} onDecided={onDecided} />
    </article>
  );
}

/** What it wanted, beside what is there now. */
function Sides({ found }: { found: ParkedOp }) {
  const rows = wantedBy(found.op);
  const fields = (found.record?.values.fields ?? {}) as Values;
  if (rows.length === 0) return <p class="quiet">{t('nothing')}</p>;
  return (
    <table class="table" aria-label={t('wanted')}>
      <thead>
        <tr>
          <th scope="col">{t('place')}</th>
          <th scope="col">{t('wanted')}</th>
          {found.record && <th scope="col">{t('now')}</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ path, value }) => (
          <tr key={path}>
            <th scope="row">{placeIn(found, path)}</th>
            <td>{valueIn(found, path, value) || t('blank')}</td>
            {found.record && <td>{valueIn(found, path, valueAt(fields, within(path))) || t('blank')}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Act = 'retry' | 'apply' | 'discard' | 'reopen';

const OFFERED: Readonly<Record<string, readonly Act[]>> = {
  waiting: ['apply', 'retry', 'discard'],
  discarded: ['reopen'],
};

function Decisions({ id, state, onDecided }: { id: string; state: string; onDecided: () => void }) {
  const [asking, ask] = useState<Act>();
  const [left, leave] = useState('');
  const work = async (act: Act, reason: string) => {
    const why = reason ? { reason } : {};
    const body: Readonly<Record<Act, RetryParked | ApplyParked | DiscardParked | ReopenParked>> = {
      retry: why,
      apply: why,
      discard: { reason },
      reopen: { reason },
    };
    const answer = await post<ParkedState>(`/v1/parked/${id}/${act}`, body[act]);
    if (answer.state === state) leave(answer.code);
    else onDecided();
  };
  return (
    <>
      {left && (
        <Notice tone="warn" live>
          {t('still', { why: explain(left).sentence })}
        </Notice>
      )}
      <div class="buttons no-print">
        {(OFFERED[state] ?? []).map((act, at) => (
          <button key={act} type="button" class={at === 0 ? 'button primary' : 'button'} onClick={() => ask(act)}>
            {t(act)}
          </button>
        ))}
      </div>
      {asking && (
        <Why
          about={`${id}.${asking}`}
          title={t(`${asking}.title`)}
          hint={t(`${asking}.hint`)}
          does={t(asking)}
          optional={asking === 'retry' || asking === 'apply'}
          onDo={(reason) => work(asking, reason)}
          onClose={() => ask(undefined)}
        />
      )}
    </>
  );
}
