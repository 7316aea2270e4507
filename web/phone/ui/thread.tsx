import type { FormDefinition } from '@contract/generated/contract';
import type { RecordView } from '@shared/protocol/phone';
import { Icon, type IconName } from '@shared/ui/icon';
import { labelled } from '@shared/words/i18n';
import { sayHere } from '@shared/words/when';
import { type Entry, progressOf } from '../entries';
import { useStatus } from '../live';
import { to } from '../router';
import { VerdictBadge } from '../screens/checkin';
import { t } from '../sentences';
import { Picture } from './picture';
import { StandingBadge } from './standing';

const ICONS: Readonly<Record<Entry['kind'], IconName>> = {
  photo: 'camera',
  checkIn: 'pin',
  scan: 'scan',
  report: 'log',
};
const MOST_THUMBNAILS = 4;

/** Deeds hung along the plumb line, the newest first; the mark of each says how far it has come. */
export function Thread({ entries, forms }: { entries: readonly Entry[]; forms: readonly RecordView<'form'>[] }) {
  return (
    <ol class="thread">
      {entries.map((entry) => (
        <li key={entry.key} class={entry.standing}>
          <Deed entry={entry} forms={forms} />
        </li>
      ))}
    </ol>
  );
}

function Deed({ entry, forms }: { entry: Entry; forms: readonly RecordView<'form'>[] }) {
  const progress = progressOf(entry, useStatus().files.underway);
  const first = entry.records[0];
  return (
    <a class="item" href={addressOf(entry)}>
      <Icon name={ICONS[entry.kind]} />
      <span class="text">
        <span class="top">
          <span class="title">{titleOf(entry, forms)}</span>
          {entry.kind === 'checkIn' && entry.standing === 'safe' ? (
            <VerdictBadge server={(first as RecordView<'checkIn'>).server} />
          ) : (
            <StandingBadge standing={entry.standing} />
          )}
        </span>
        <span class="quiet small number">{[sayHere(entry.at), ...notesOf(entry)].filter(Boolean).join(' · ')}</span>
        {entry.kind === 'photo' && <Thumbnails entry={entry} />}
        {progress && entry.standing !== 'safe' && progress.sent > 0 && (
          <progress value={progress.sent} max={Math.max(progress.size, 1)} aria-label={t('standing.files')} />
        )}
      </span>
    </a>
  );
}

function Thumbnails({ entry }: { entry: Entry }) {
  const photos = entry.records as readonly RecordView<'photo'>[];
  return (
    <span class="thumbnails">
      {photos.slice(0, MOST_THUMBNAILS).map((photo) => (
        <Picture key={photo.id} sha256={photo.values.blob} side={256} alt="" />
      ))}
      {photos.length > MOST_THUMBNAILS && <span class="more number">+{photos.length - MOST_THUMBNAILS}</span>}
    </span>
  );
}

function addressOf(entry: Entry): string {
  const [first] = entry.records;
  if (!first) return to('records');
  return entry.kind === 'report' ? to('report', first.id) : to('records', first.id);
}

export function titleOf(entry: Entry, forms: readonly RecordView<'form'>[]): string {
  const [first] = entry.records;
  switch (entry.kind) {
    case 'photo':
      return t('kind.photos', { n: entry.records.length });
    case 'scan':
      return t('kind.pages', { n: (first as RecordView<'scan'>).values.pages.length });
    case 'checkIn':
      return t('kind.checkIn');
    default:
      return formTitle((first as RecordView<'report'>).values.form, forms);
  }
}

export function formTitle(form: string, forms: readonly RecordView<'form'>[]): string {
  const found = forms.map((one) => one.values as FormDefinition).find((one) => one.id === form);
  return labelled(found?.title) || t('kind.report');
}

const READING = ['queued', 'read', 'failed'] as const;

function notesOf(entry: Entry): readonly (string | undefined)[] {
  const record = entry.records[0];
  const values = record?.values as { place?: string; note?: string } | undefined;
  const state = entry.kind === 'scan' ? (record as RecordView<'scan'>).server?.state : undefined;
  const reading = READING.find((one) => one === state);
  return [values?.place, values?.note, reading && t(`scan.${reading}`)];
}
