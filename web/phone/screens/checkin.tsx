import type { CheckInServer } from '@contract/generated/contract';
import { useFix } from '@shared/device/fix';
import type { RecordView } from '@shared/protocol/phone';
import { Badge, Notice, Screen, type Tone } from '@shared/ui/parts';
import { TextField } from '@shared/ui/textfield';
import { sayTime, siteDay } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { entriesOf } from '../entries';
import { useLive, usePhone, useRecords, useStatus } from '../live';
import { useWorkplaces, type Workplace } from '../places';
import { to } from '../router';
import { t } from '../sentences';
import { FixNotice, NoPlace, PlaceChoice } from '../ui/where';

const AGAIN_AFTER_MS = 5_000;

/** Say that one is here. Where the fence sees one is told afterwards and refuses nothing. */
export function CheckInScreen() {
  const phone = usePhone();
  const { places, current, choose, ready } = useWorkplaces();
  const { fix, again } = useFix();
  const [note, setNote] = useState('');
  const [done, setDone] = useState('');
  const [busy, setBusy] = useState(false);

  const checkIn = async () => {
    if (fix.state !== 'found' || !current) return;
    setBusy(true); // a second press in the same breath is no second check-in
    setTimeout(() => setBusy(false), AGAIN_AFTER_MS);
    const captured = phone.captured();
    const { record } = await phone.create('checkIn', current.scope, {
      captured,
      position: fix.position,
      ...(note.trim() ? { note: note.trim() } : {}),
    });
    setNote('');
    setDone(record);
    navigator.vibrate?.(60);
  };

  return (
    <Screen title={t('checkIn.title')} back={to('today')}>
      {ready && !current ? (
        <NoPlace />
      ) : (
        <>
          <PlaceChoice places={places} current={current} onChoose={choose} />
          <FixNotice fix={fix} again={again} />
          <TextField
            id="note"
            label={t('checkIn.note')}
            value={note}
            maxLength={500}
            onChange={setNote}
            enterkeyhint="done"
          />
          {done && <Done id={done} />}
          <button
            type="button"
            class={done ? 'button wide' : 'button primary wide tall'}
            disabled={fix.state !== 'found' || !current || busy}
            onClick={checkIn}
          >
            {t(done ? 'checkIn.again' : 'checkIn.go')}
          </button>
          <p class="quiet small">{t('checkIn.told')}</p>
          <CheckInsToday place={current} />
        </>
      )}
    </Screen>
  );
}

/** What was just recorded; with the verdict as soon as it is there. */
function Done({ id }: { id: string }) {
  const record = useLive((phone) => phone.record<'checkIn'>(id), [id]);
  if (!record) return null;
  const time = sayTime(record.values.captured.at);
  const verdict = record.server?.fence?.verdict;
  if (!record.server) {
    return (
      <Notice tone="good" title={t('checkIn.done', { time })} live>
        {t('checkIn.waiting')}
      </Notice>
    );
  }
  return (
    <Notice
      tone={verdict === 'outside' || verdict === 'uncertain' ? 'warn' : 'good'}
      title={t('checkIn.verdict', { time, verdict: t(verdict ? `verdict.${verdict}` : 'verdict.none') })}
      live
    >
      {sayVerdict(record.server)}
    </Notice>
  );
}

function CheckInsToday({ place }: { place: Workplace | undefined }) {
  const status = useStatus();
  const checkIns = useRecords('checkIn') ?? [];
  const day = siteDay(new Date(), place?.project?.timeZone, place?.project?.nightShiftEnds);
  const today = entriesOf({ checkIns }, status.account?.person ?? '').filter((entry) => entry.day === day);
  if (today.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('checkIn.today')}</h2>
      <ul class="list">
        {today.map((entry) => (
          <li key={entry.key}>
            <CheckInRow record={entry.records[0] as RecordView<'checkIn'>} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function CheckInRow({ record }: { record: RecordView<'checkIn'> }) {
  return (
    <a class="item" href={to('records', record.id)}>
      <span class="text">
        <span class="title number">{sayTime(record.values.captured.at)}</span>
        <span class="quiet small">{sayVerdict(record.server)}</span>
      </span>
      <VerdictBadge server={record.server} />
    </a>
  );
}

const TONES: Readonly<Record<string, Tone>> = { inside: 'good', outside: 'bad', uncertain: 'warn' };

export function VerdictBadge({ server }: { server: CheckInServer | undefined }) {
  if (!server) return <Badge icon="wait">{t('verdict.pending')}</Badge>;
  const verdict = server.fence?.verdict;
  if (!verdict) return <Badge>{t('verdict.none')}</Badge>;
  const tone = TONES[verdict];
  return (
    <Badge {...(tone ? { tone } : {})} icon="pin">
      {t(`verdict.${verdict}`)}
    </Badge>
  );
}

/** The figures behind a verdict. */
export function sayVerdict(server: CheckInServer | undefined): string {
  const fence = server?.fence;
  if (!fence) return '';
  const metres = Math.round(Math.abs(fence.edgeCm) / 100);
  if (fence.verdict === 'uncertain') return fence.doubt ? t(`verdict.${fence.doubt}`) : '';
  return t(fence.edgeCm >= 0 ? 'verdict.insideBy' : 'verdict.outsideBy', { m: metres });
}
