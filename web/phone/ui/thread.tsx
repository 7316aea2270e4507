import { Icon } from '@shared/ui/icon';
import { sayHere } from '@shared/words/when';
import { type Entry, progressOf } from '../entries';
import { rowOf } from '../kinds';
import { useRecords, useStatus } from '../live';
import { to } from '../router';
import { t } from '../sentences';
import { StandingBadge } from './standing';

/** Deeds hung along the plumb line, the newest first; the mark of each says how far it has come. */
export function Thread({ entries }: { entries: readonly Entry[] }) {
  const forms = (useRecords('form') ?? []).map((form) => form.values);
  return (
    <ol class="thread">
      {entries.map((entry) => (
        <li key={entry.key} class={entry.standing}>
          <OneDeed entry={entry} title={entry.deed.title(entry.records, forms)} />
        </li>
      ))}
    </ol>
  );
}

function OneDeed({ entry, title }: { entry: Entry; title: string }) {
  const progress = progressOf(entry, useStatus().files.underway);
  const { deed, records } = entry;
  const [first] = records;
  return (
    <a class="item" href={rowOf(entry.kind)?.address?.(first.id) ?? to('records')}>
      <Icon name={deed.icon} />
      <span class="text">
        <span class="top">
          <span class="title">{title}</span>
          {(entry.standing === 'safe' && deed.badge?.(first)) || <StandingBadge standing={entry.standing} />}
        </span>
        <span class="quiet small number">
          {[sayHere(entry.at), ...(deed.notes?.(first) ?? [])].filter(Boolean).join(' · ')}
        </span>
        {deed.body?.(records)}
        {progress && entry.standing !== 'safe' && progress.sent > 0 && (
          <progress value={progress.sent} max={Math.max(progress.size, 1)} aria-label={t('standing.files')} />
        )}
      </span>
    </a>
  );
}
