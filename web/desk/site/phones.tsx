import type { Device, Phone } from '@contract/generated/contract';
import { Badge, type Tone } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayAgo, sayBytes, sayFor, sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { post, remove } from '../api';
import { to } from '../router';
import { tell } from '../toast';
import { Ask } from '../ui/dialog';

const t = sentences({
  phones: ['手机', 'Phones'],
  none: ['还没有启用手机', 'No phone is enrolled yet'],
  phone: ['手机', 'Phone'],
  person: ['使用人', 'Person'],
  since: ['启用时间', 'Enrolled'],
  state: ['状态', 'State'],
  seen: ['最近同步', 'Last exchange'],
  never: ['从未', 'Never'],
  clock: ['时钟', 'Clock'],
  right: ['准', 'Right'],
  slow: ['慢 {time}', '{time} slow'],
  fast: ['快 {time}', '{time} fast'],
  app: ['版本', 'Version'],
  queue: ['待传', 'To send'],
  nothing: ['无', 'Nothing'],
  ops: ['{n} 条,最早 {since}', '{n} records, the oldest {since}'],
  files: ['{n} 个文件,{size}', '{n} files, {size}'],
  unknown: ['未报告', 'Not told'],
  stuck: ['卡住', 'Stuck'],
  held: ['手机留下 {n} 条:{why}', '{n} held on the phone: {why}'],
  parked: ['暂存 {n} 条({since} 起):{why}', '{n} kept aside since {since}: {why}'],
  enrolled: ['在用', 'In use'],
  revoked: ['已停用', 'Revoked'],
  lost: ['已挂失', 'Lost'],
  wiped: ['已通知清空', 'Told to wipe'],
  quarantined: ['停用后交来 {n} 条', '{n} handed in since'],
  revoke: ['停用', 'Revoke'],
  lose: ['挂失', 'Report lost'],
  askRevoke: ['停用这部手机?', 'Revoke this phone?'],
  askRevokeText: [
    '它不再收到任何内容。还没上传的记录仍会收下,暂存到桌面端由您处理;然后手机清空。本人可用新的启用码重新启用。',
    'It is given nothing more. What it has not sent is still taken, and kept aside at the desk for you to decide; then it wipes itself. Its owner can enrol again with a new code.',
  ],
  askLose: ['挂失这部手机?', 'Report this phone lost?'],
  askLoseText: [
    '它下次联网时立即清空,还没上传的记录不再接收,就此丢失。找回后须重新启用。手机在捡到的人手里时才用;只是换手机,请用“停用”。',
    'It wipes itself as soon as it speaks; what it has not sent is no longer taken, and is lost. If it turns up it has to be enrolled again. Use this when a stranger may hold it; for a new phone use “Revoke”.',
  ],
  done: ['已停用:{name}', 'Revoked: {name}'],
  doneLost: ['已挂失:{name}', 'Reported lost: {name}'],
});

/** How a phone stands, in a word. */
export function PhoneState({ of }: { of: Device }) {
  const [tone, said]: readonly [Tone, string] = of.wipeToldAt
    ? ['bad', `${t('wiped')} ${sayMoment(of.wipeToldAt)}`]
    : of.lostAt
      ? ['bad', `${t('lost')} ${sayMoment(of.lostAt)}`]
      : of.revokedAt
        ? ['warn', `${t('revoked')} ${sayMoment(of.revokedAt)}`]
        : ['good', t('enrolled')];
  return (
    <>
      <Badge tone={tone}>{said}</Badge>
      {(of.quarantinedOps ?? 0) > 0 && (
        <span class="quiet small"> {t('quarantined', { n: of.quarantinedOps ?? 0 })}</span>
      )}
    </>
  );
}

/** The two ways to end a phone, each with a question that says what happens. */
export function PhoneActions({ of, onDone }: { of: Device; onDone: () => void }) {
  const [asking, ask] = useState<'revoke' | 'lose'>();
  if (of.lostAt || of.wipeToldAt) return null;
  const end = async (how: 'revoke' | 'lose') => {
    if (how === 'revoke') await remove(`/v1/devices/${of.id}`);
    else await post(`/v1/devices/${of.id}/lost`);
    tell(t(how === 'revoke' ? 'done' : 'doneLost', { name: of.name }));
    onDone();
  };
  return (
    <>
      {!of.revokedAt && (
        <button type="button" class="button plain" onClick={() => ask('revoke')}>
          {t('revoke')}
          <span class="unseen"> {of.name}</span>
        </button>
      )}
      <button type="button" class="button plain" onClick={() => ask('lose')}>
        {t('lose')}
        <span class="unseen"> {of.name}</span>
      </button>
      {asking && (
        <Ask
          title={t(asking === 'revoke' ? 'askRevoke' : 'askLose')}
          does={t(asking)}
          onDo={() => end(asking)}
          onClose={() => ask(undefined)}
        >
          <p>
            <strong>{of.name}</strong>
          </p>
          <p>{t(asking === 'revoke' ? 'askRevokeText' : 'askLoseText')}</p>
        </Ask>
      )}
    </>
  );
}

/** By so much a clock may be off before it is worth a word. */
const CLOCK_MS = 60_000;

function Clock({ offset }: { offset: number | null | undefined }) {
  if (offset === null || offset === undefined) return <>–</>;
  if (Math.abs(offset) < CLOCK_MS) return <>{t('right')}</>;
  return <Badge tone="warn">{t(offset > 0 ? 'slow' : 'fast', { time: sayFor(Math.abs(offset)) })}</Badge>;
}

function Queue({ of }: { of: Phone }) {
  const { report } = of;
  if (!report) return <span class="quiet">{t('unknown')}</span>;
  const said = [
    (report.ops ?? 0) > 0 && t('ops', { n: report.ops ?? 0, since: report.oldestAt ? sayAgo(report.oldestAt) : '–' }),
    (report.files ?? 0) > 0 && t('files', { n: report.files ?? 0, size: sayBytes(report.fileBytes ?? 0) }),
  ].filter(Boolean);
  return <>{said.join(';') || t('nothing')}</>;
}

function StuckOf({ of }: { of: Phone }) {
  const held = Object.entries(of.report?.held ?? {});
  if (held.length === 0 && (of.stuck ?? []).length === 0) return <>{t('nothing')}</>;
  return (
    <ul>
      {held.map(([code, n]) => (
        <li key={`held${code}`}>{t('held', { n, why: explain(code).sentence })}</li>
      ))}
      {(of.stuck ?? []).map((one) => (
        <li key={one.code}>
          {t('parked', { n: one.ops, since: sayMoment(one.oldestAt), why: explain(one.code).sentence })}
        </li>
      ))}
    </ul>
  );
}

/** Phones with how they fare; `whose` names their owners too. */
export function PhoneTable(props: { of: readonly Phone[]; onDone: () => void; whose?: boolean }) {
  if (props.of.length === 0) return <p class="state quiet">{t('none')}</p>;
  const names = [
    ...(props.whose ? [t('person')] : []),
    t('phone'),
    t('state'),
    t('seen'),
    t('queue'),
    t('stuck'),
    t('clock'),
    t('app'),
  ];
  return (
    <div class="list-frame">
      <table class="table" aria-label={t('phones')}>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {props.of.map((one) => (
            <tr key={one.device.id}>
              {props.whose && (
                <td>
                  <a href={to(`/people/${one.device.person}`)}>{one.name}</a>
                </td>
              )}
              <td>
                {one.device.name}
                <span class="quiet small">
                  {' '}
                  {t('since')} {sayMoment(one.device.enrolledAt)}
                </span>
              </td>
              <td>
                <PhoneState of={one.device} />
              </td>
              <td>{one.seenAt ? sayAgo(one.seenAt) : t('never')}</td>
              <td>
                <Queue of={one} />
              </td>
              <td>
                <StuckOf of={one} />
              </td>
              <td>
                <Clock offset={one.clockOffsetMs} />
              </td>
              <td class="number">{one.report?.app ?? '–'}</td>
              <td>
                <PhoneActions of={one.device} onDone={props.onDone} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
