import { Icon } from '@shared/ui/icon';
import { Notice, Screen } from '@shared/ui/parts';
import { say } from '@shared/words/i18n';
import { sayDay, siteDay } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { entriesOf } from '../entries';
import { LogCard, OtherForms } from '../forms';
import { ROWS, readFound } from '../kinds';
import { useLive, useNow, usePhone, useStatus } from '../live';
import { mattersOf, readWarned } from '../matters';
import { placeName, useWorkplaces, type Workplace } from '../places';
import { to } from '../router';
import { t } from '../sentences';
import { ClockNotice } from '../ui/clock';
import { Thread } from '../ui/thread';
import { TrafficChip } from '../ui/traffic';
import { NoPlace, PlaceChoice } from '../ui/where';
import { takeUpdate, updateWaiting } from '../update';
import { Stuck, Verdict } from './outbox';

/** The one screen a day begins and ends with. */
export function TodayScreen() {
  const { places, current, choose, ready } = useWorkplaces();
  const day = siteDay(useNow(), current?.project?.timeZone, current?.project?.nightShiftEnds);
  const working = useStatus().standing === 'full';
  return (
    <Screen title={sayDay(day)} actions={<TrafficChip />}>
      {updateWaiting.value && <UpdateOffer />}
      {working ? <Stuck /> : <Verdict />}
      <ClockNotice />
      {working && ready && !current && <NoPlace />}
      {working && current && (
        <>
          {places.length > 1 ? (
            <PlaceChoice places={places} current={current} onChoose={choose} />
          ) : (
            <WhereIAm place={current} />
          )}
          <LogCard place={current} day={day} />
          <Tiles />
          <OtherForms place={current} />
        </>
      )}
      <Matters />
      <Done day={day} />
    </Screen>
  );
}

function WhereIAm({ place }: { place: Workplace }) {
  return (
    <p class="where">
      <strong>{placeName(place)}</strong>
      {place.section && place.project && <span class="quiet">{place.project.name}</span>}
    </p>
  );
}

function Tiles() {
  return (
    <ul class="tiles">
      {ROWS.flatMap(([kind, { made }]) =>
        made ? (
          <li key={kind}>
            <a class="tile" href={to(made.tile.place)}>
              <Icon name={made.tile.icon} size={32} />
              {say(made.tile.words)}
            </a>
          </li>
        ) : (
          []
        ),
      )}
    </ul>
  );
}

function UpdateOffer() {
  return (
    <Notice title={t('update.title')}>
      <p class="small">{t('update.text')}</p>
      <button type="button" class="button" onClick={takeUpdate}>
        {t('update.take')}
      </button>
    </Notice>
  );
}

const SEEN = 'seen:matters';
/** What was put aside is remembered for this many things; older ones have gone from the feed's front long ago. */
const MOST_SEEN = 500;

/** What came back: to be corrected, chosen, taken again, or just known. */
function Matters() {
  const phone = usePhone();
  const person = useStatus().account?.person ?? '';
  const [asides, count] = useState(0);
  const found = useLive(
    async (from) => {
      const records = await readFound(from, (row) => row.asks !== undefined);
      const [warned, seen] = await Promise.all([readWarned(from, records), from.draft<string[]>(SEEN)]);
      return { records, warned, seen: seen ?? [] };
    },
    [asides],
  );
  const matters = found ? mattersOf(found.records, person, new Set(found.seen), found.warned) : [];
  if (!found || matters.length === 0) return null;
  const aside = async (key: string) => {
    await phone.saveDraft(SEEN, [...found.seen, key].slice(-MOST_SEEN));
    count(asides + 1);
  };
  return (
    <section class="section" aria-labelledby="matters">
      <h2 id="matters">{t('today.matters')}</h2>
      <ul class="list">
        {matters.map((matter) => (
          <li key={matter.key} class="matter">
            <a class={`item ${matter.tone}`} href={matter.href ?? to('today')}>
              <Icon name={matter.icon} />
              <span class="text">
                <span class="title">{matter.title}</span>
                <span class="quiet small">{matter.detail}</span>
              </span>
            </a>
            {matter.dismissible && (
              <button type="button" class="button plain" onClick={() => aside(matter.key)}>
                {t('today.seen')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Done({ day }: { day: string }) {
  const person = useStatus().account?.person ?? '';
  const found = useLive((from) => readFound(from, (row) => row.deed?.today === true));
  const entries = found ? entriesOf(found, person).filter((entry) => entry.day === day) : [];
  return (
    <section class="section" aria-labelledby="done">
      <h2 id="done">{t('today.thread')}</h2>
      {found && entries.length === 0 && <p class="quiet">{t('today.empty')}</p>}
      {entries.length > 0 && <Thread entries={entries} />}
    </section>
  );
}
