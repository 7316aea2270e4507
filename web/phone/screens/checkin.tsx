import { currentPosition, useFix } from '@shared/device/fix';
import type { RecordView } from '@shared/protocol/phone';
import { Notice, Screen } from '@shared/ui/parts';
import { TextField } from '@shared/ui/textfield';
import { sayTime, siteDay } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { capture } from '../kinds/captured';
import { useLive, useNow, usePhone, useRecords, useStatus } from '../live';
import { useWorkplaces, type Workplace } from '../places';
import { to } from '../router';
import { t } from '../sentences';
import { say } from '../toast';
import { ClockNotice } from '../ui/clock';
import { sayVerdict, VerdictBadge } from '../ui/verdict';
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
    const position = currentPosition(fix);
    if (!position) {
      again();
      say(t('fix.old'));
      return;
    }
    setBusy(true); // a second press in the same breath is no second check-in
    setTimeout(() => setBusy(false), AGAIN_AFTER_MS);
    const captured = phone.captured();
    const { record } = await phone.create('checkIn', current.scope, {
      captured,
      position,
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
          <ClockNotice />
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
  const person = useStatus().account?.person ?? '';
  const checkIns = useRecords('checkIn') ?? [];
  const day = siteDay(useNow(), place?.project?.timeZone, place?.project?.nightShiftEnds);
  const today = checkIns
    .filter((one) => capture.mine(one, person) && capture.day(one) === day)
    .sort((a, b) => capture.at(b) - capture.at(a));
  if (today.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('checkIn.today')}</h2>
      <ul class="list">
        {today.map((one) => (
          <li key={one.id}>
            <CheckInRow record={one} />
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
