import type { ParkedState } from '@contract/generated/contract';
import { within } from '@shared/forms/definition';
import { Notice, Screen } from '@shared/ui/parts';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { sayFailure, sayProblem } from '../failure';
import { sayKind } from '../kinds';
import { useLive, usePhone } from '../live';
import { to } from '../router';
import { t } from '../sentences';
import { sayAction } from './outbox';

/** One op that the server keeps whole without applying it: why, and what to do. */
export function ParkedScreen({ id }: { id: string }) {
  const record = useLive(async (phone) => (await phone.record<'parked'>(id)) ?? null, [id]);
  if (!record) {
    return (
      <Screen title={t('parked.title')} back={to('outbox')}>
        {record === null && <Notice tone="warn" title={t('records.gone')} />}
      </Screen>
    );
  }
  const { values } = record;
  const said = explain(values.code);
  const state = STATES.find((one) => one === values.state) ?? 'waiting';
  const op = values.op as KeptOp | null | undefined;
  return (
    <Screen title={t('parked.title')} back={to('outbox')}>
      <Notice tone={state === 'applied' ? 'good' : 'warn'} title={t(`parked.${state}`)}>
        {values.reason && <p>{`${t('parked.reason')}:${values.reason}`}</p>}
      </Notice>
      <dl class="facts card">
        <dt>{t('parked.why')}</dt>
        <dd>{said.sentence}</dd>
        {said.next && state === 'waiting' && (
          <>
            <dt>{t('parked.next')}</dt>
            <dd>{said.next}</dd>
          </>
        )}
        {op?.action && (
          <>
            <dt>{t('parked.what')}</dt>
            <dd>
              {sayAction(op.action)} · {sayKind(op.kind ?? '')} {op.at && sayMoment(op.at)}
              {changesOf(op).map((line) => (
                <p key={line} class="small quiet">
                  {line}
                </p>
              ))}
            </dd>
          </>
        )}
      </dl>
      {state === 'waiting' && (
        <>
          <Retry id={id} />
          <GiveUp id={id} />
        </>
      )}
    </Screen>
  );
}

/** The op as it came: not all of it need be there. */
interface KeptOp {
  action?: string;
  kind?: string;
  at?: string;
  set?: Readonly<Record<string, { value?: unknown }>>;
}

/** More lines would hide what to do. */
const MOST_LINES = 6;

/** What a patch wanted to set, as far as it reads as words. */
function changesOf(op: KeptOp): readonly string[] {
  return Object.entries(op.set ?? {})
    .filter(([, change]) => typeof change?.value !== 'object')
    .map(([path, change]) => `${within(path)}: ${String(change.value)}`)
    .slice(0, MOST_LINES);
}

const STATES = ['waiting', 'applied', 'discarded'] as const;

function Retry({ id }: { id: string }) {
  const phone = usePhone();
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState('');
  const retry = async () => {
    setBusy(true);
    try {
      const state = await phone.ask<ParkedState>(`/v1/parked/${id}/retry`, {});
      setAnswer(t('parked.retried', { said: sayProblem(state) }));
    } catch (error) {
      setAnswer(sayFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class="button" disabled={busy} onClick={retry}>
        {t('parked.retry')}
      </button>
      {answer && <Notice live>{answer}</Notice>}
    </>
  );
}

/** Its author may give it up; the reason is kept with it. */
function GiveUp({ id }: { id: string }) {
  const phone = usePhone();
  const [asking, ask] = useState(false);
  const [reason, setReason] = useState('');
  const [failure, setFailure] = useState('');
  const giveUp = async (event: Event) => {
    event.preventDefault();
    try {
      await phone.ask<ParkedState>(`/v1/parked/${id}/discard`, { reason: reason.trim() });
      await phone.exchange();
    } catch (error) {
      setFailure(sayFailure(error));
    }
  };
  if (!asking) {
    return (
      <button type="button" class="button plain" onClick={() => ask(true)}>
        {t('parked.giveUp')}
      </button>
    );
  }
  return (
    <form class="card" onSubmit={giveUp}>
      <div class="field">
        <label for="reason">{t('parked.giveUpWhy')}</label>
        <input
          id="reason"
          value={reason}
          maxLength={500}
          aria-describedby="reason-hint"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <span id="reason-hint" class="hint">
          {t('parked.giveUpText')}
        </span>
      </div>
      {failure && (
        <Notice tone="bad" live>
          {failure}
        </Notice>
      )}
      <div class="row">
        <button type="button" class="button" onClick={() => ask(false)}>
          {t('cancel')}
        </button>
        <button type="submit" class="button danger" disabled={!reason.trim()}>
          {t('parked.giveUpGo')}
        </button>
      </div>
    </form>
  );
}
