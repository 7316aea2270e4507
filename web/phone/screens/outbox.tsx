import type { Status } from '@shared/protocol/phone';
import { Icon } from '@shared/ui/icon';
import { Item, Notice, Screen, type Tone } from '@shared/ui/parts';
import { explain } from '@shared/words/problems';
import { sayAgo, sayBytes, sayHere, sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { sayFailure, sayProblem } from '../failure';
import { useLive, usePhone, useRecords, useStatus } from '../live';
import { online } from '../online';
import { to } from '../router';
import { t } from '../sentences';
import { isUnreachable, type Traffic, trafficOf, unsentOf } from '../trouble';

/** What waits on this phone, and why: the whole story behind the chip. */
export function OutboxScreen() {
  const status = useStatus();
  return (
    <Screen title={t('outbox.title')}>
      <Verdict />
      <SendNow />
      <Figures status={status} />
      <UnsafeFiles />
      <Held status={status} />
      <Parked />
      <Notices status={status} />
    </Screen>
  );
}

const TONES: Readonly<Record<Traffic, Tone>> = {
  stopped: 'bad',
  failing: 'warn',
  offline: 'warn',
  sending: 'accent',
  waiting: 'accent',
  done: 'good',
};

/** One sentence on how sending stands, the reason, and what a person can do about it. */
export function Verdict() {
  const status = useStatus();
  const traffic = trafficOf(status, online.value);
  const error = status.exchange.lastError;
  if (status.standing === 'revoked') {
    return (
      <Notice tone="bad" title={t('outbox.revoked')}>
        {t('outbox.revokedText')}
      </Notice>
    );
  }
  if (status.enrolAgain) {
    return (
      <Notice tone="bad" title={t('enrol.again')}>
        <p>{sayProblem(status.enrolAgain)}</p>
        <p class="small">{t('enrol.againText')}</p>
        <a class="button" href={to('enrol')}>
          {t('outbox.enrol')}
        </a>
      </Notice>
    );
  }
  return (
    <Notice
      tone={TONES[traffic]}
      icon={traffic === 'offline' ? 'offline' : traffic === 'done' ? 'check' : 'send'}
      title={t(`outbox.${traffic}`)}
      live
    >
      {error && traffic !== 'sending' && !isUnreachable(error) && <p class="small">{sayProblem(error)}</p>}
      {status.exchange.nextAt !== undefined && traffic !== 'done' && (
        <p class="small quiet">
          {t('outbox.next')} {sayHere(status.exchange.nextAt)}
        </p>
      )}
    </Notice>
  );
}

/** On the first screen, and only when something does not move: what is stuck, since when, and why. */
export function Stuck() {
  const status = useStatus();
  const n = unsentOf(status);
  const traffic = trafficOf(status, online.value);
  const stuck = traffic === 'stopped' || traffic === 'failing';
  const old = status.queue.oldestAt !== undefined && Date.now() - Date.parse(status.queue.oldestAt) > OLD_MS;
  const error = status.exchange.lastError;
  if (!stuck && !(old && n > 0)) return null;
  return (
    <a class="stuck" href={to('outbox')}>
      <Notice tone={stuck ? 'bad' : 'warn'} title={t('today.stuck', { n })}>
        <p class="small">
          {status.queue.oldestAt && `${t('outbox.oldest')} ${sayAgo(status.queue.oldestAt)} · `}
          {status.enrolAgain
            ? sayProblem(status.enrolAgain)
            : status.held.length > 0
              ? t('outbox.held')
              : error && !isUnreachable(error)
                ? sayProblem(error)
                : t('traffic.offline')}
        </p>
      </Notice>
    </a>
  );
}

/** What has waited this long is worth a word even when there is simply no network. */
const OLD_MS = 12 * 3_600_000;

function SendNow() {
  const phone = usePhone();
  const status = useStatus();
  const [asked, setAsked] = useState(false);
  const [failure, setFailure] = useState('');
  const busy = asked || status.exchange.underway;
  const send = async () => {
    setAsked(true);
    setFailure('');
    try {
      await phone.exchange();
    } catch (error) {
      setFailure(sayFailure(error));
    } finally {
      setAsked(false);
    }
  };
  return (
    <>
      <button type="button" class="button primary wide" disabled={busy} onClick={send}>
        <Icon name="send" />
        {t(busy ? 'outbox.busy' : 'outbox.now')}
      </button>
      {failure && (
        <Notice tone="warn" live>
          {failure}
        </Notice>
      )}
    </>
  );
}

function Figures({ status }: { status: Status }) {
  const { queue, files, exchange } = status;
  return (
    <dl class="facts card">
      <dt>{t('outbox.ops')}</dt>
      <dd class="number">{queue.length}</dd>
      {queue.oldestAt && (
        <>
          <dt>{t('outbox.oldest')}</dt>
          <dd>{sayAgo(queue.oldestAt)}</dd>
        </>
      )}
      <dt>{t('outbox.files')}</dt>
      <dd class="number">{files.unsafe}</dd>
      <dt>{t('outbox.last')}</dt>
      <dd class="number">
        {exchange.lastAt ? `${sayMoment(exchange.lastAt)} · ${sayAgo(exchange.lastAt)}` : t('outbox.never')}
      </dd>
      <dt>{t('outbox.awake')}</dt>
      <dd>{t(status.awake && online.value ? 'outbox.awakeYes' : 'outbox.awakeNo')}</dd>
    </dl>
  );
}

/** More than that is a number, not a list. */
const MOST_FILES = 50;

function UnsafeFiles() {
  const status = useStatus();
  const all = useLive((phone) => phone.files(), [status]) ?? [];
  const files = all.filter((file) => file.standing !== 'safe').slice(0, MOST_FILES);
  if (files.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('outbox.fileList')}</h2>
      <ul class="list">
        {files.map((file) => (
          <li key={file.sha256} class="item">
            <Icon name="picture" />
            <span class="text">
              <span class="title">{file.name}</span>
              <span class="quiet small number">
                {t(`outbox.file.${file.standing}`)} · {sayBytes(file.sent)} / {sayBytes(file.size)}
              </span>
              <progress value={file.sent} max={Math.max(file.size, 1)} aria-label={file.name} />
              {file.problem && <span class="small">{sayProblem(file.problem)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Held({ status }: { status: Status }) {
  const phone = usePhone();
  if (status.held.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('outbox.held')}</h2>
      <p class="small quiet">{t('outbox.heldText')}</p>
      <ul class="list">
        {status.held.map((op) => (
          <li key={op.opId} class="item">
            <span class="text">
              <span class="title">
                {sayAction(op.action)} · {sayMoment(op.at)}
              </span>
              <span class="quiet small">{op.why}</span>
            </span>
            <button type="button" class="button" onClick={() => phone.retryHeld(op.opId)}>
              {t('outbox.retry')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const ACTIONS = ['create', 'patch', 'delete', 'sign', 'resolve'] as const;

export function sayAction(action: string): string {
  const known = ACTIONS.find((one) => one === action);
  return known ? t(`action.${known}`) : action;
}

function Parked() {
  const person = useStatus().account?.person;
  const parked = (useRecords('parked') ?? []).filter(
    (one) => one.server?.by === person && (one.values.state ?? 'waiting') === 'waiting',
  );
  if (parked.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('outbox.parked')}</h2>
      <ul class="list">
        {parked.map((one) => (
          <li key={one.id}>
            <Item
              href={to('parked', one.id)}
              icon="wait"
              title={explain(one.values.code).sentence}
              detail={one.server ? sayMoment(one.server.receivedAt) : ''}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Notices({ status }: { status: Status }) {
  if (status.notices.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('outbox.notices')}</h2>
      {status.notices.map((notice) => (
        <Notice key={notice.code} tone="warn">
          {sayProblem(notice)}
        </Notice>
      ))}
    </section>
  );
}
