import { Screen } from '@shared/ui/parts';
import { sayDay } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { type Entry, entriesOf } from '../entries';
import { readFound } from '../kinds';
import { useLive, useStatus } from '../live';
import { t } from '../sentences';
import { Thread } from '../ui/thread';
import { TrafficChip } from '../ui/traffic';

/** Days shown at first, and with each further press: a phone may hold months. */
const DAYS_AT_ONCE = 14;

export function RecordsScreen() {
  const person = useStatus().account?.person ?? '';
  const [days, setDays] = useState(DAYS_AT_ONCE);
  const found = useLive((from) => readFound(from, (row) => row.deed !== undefined));
  const byDay = grouped(found ? entriesOf(found, person) : []);
  return (
    <Screen title={t('records.title')} actions={<TrafficChip />}>
      {found && byDay.length === 0 && <p class="empty">{t('records.empty')}</p>}
      {byDay.slice(0, days).map(([day, entries]) => (
        <section key={day} class="section" aria-label={sayDay(day)}>
          <h2>{sayDay(day)}</h2>
          <Thread entries={entries} />
        </section>
      ))}
      {byDay.length > days && (
        <button type="button" class="button" onClick={() => setDays(days + DAYS_AT_ONCE)}>
          {t('records.more')}
        </button>
      )}
    </Screen>
  );
}

function grouped(entries: readonly Entry[]): [day: string, entries: Entry[]][] {
  const days = new Map<string, Entry[]>();
  for (const entry of entries) days.set(entry.day, [...(days.get(entry.day) ?? []), entry]);
  return [...days].sort(([a], [b]) => (a < b ? 1 : -1));
}
