import { useState } from 'preact/hooks';
import type { ParkedState } from '../../../../generated/contract';
import { sayFailure, sayProblem } from '../failure.ts';
import { useLive, usePhone } from '../live.ts';
import { explain } from '../problems.ts';
import { to } from '../router.ts';
import { t } from '../sentences.ts';
import { Notice, Screen } from '../ui/parts.tsx';
import { sayMoment } from '../when.ts';
import { sayAction } from './outbox.tsx';

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
  const op = values.op as { action?: string; kind?: string; at?: string } | null | undefined;
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
              {sayAction(op.action)} · {sayKind(op.kind)} {op.at && sayMoment(op.at)}
            </dd>
          </>
        )}
      </dl>
      {state === 'waiting' && <Retry id={id} />}
    </Screen>
  );
}

const STATES = ['waiting', 'applied', 'discarded'] as const;
const KINDS = ['photo', 'checkIn', 'scan', 'report'] as const;

function sayKind(kind: string | undefined): string {
  const known = KINDS.find((one) => one === kind);
  return known ? t(`kind.${known}`) : (kind ?? '');
}

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
