import type { Capture, EvidenceFlag, FileReceipt, Position } from '@contract/generated/contract';
import { sayAccuracy, sayPosition } from '@shared/device/fix';
import type { RecordView } from '@shared/protocol/phone';
import { Notice, Screen } from '@shared/ui/parts';
import { say } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayBytes, sayMoment } from '@shared/words/when';
import type { ComponentChildren } from 'preact';
import { rowOf } from '../kinds';
import type { RecordParts } from '../kinds/row';
import { useLive } from '../live';
import { placeName, placeOf, useWorkplaces } from '../places';
import { to } from '../router';
import { t } from '../sentences';
import { receiptsOf, standingOf } from '../standing';
import { StandingBadge } from '../ui/standing';

/** One record of a kind whose row has a screen: what was recorded, and what the server made of it. */
export function RecordScreen({ id }: { id: string }) {
  const record = useLive(async (phone) => (await phone.record(id)) ?? null, [id]);
  if (record === undefined)
    return (
      <Screen title={t('records.title')} back={to('records')}>
        {null}
      </Screen>
    );
  const row = record ? rowOf(record.kind) : undefined;
  if (record === null || !row?.screen) {
    return (
      <Screen title={t('records.title')} back={to('records')}>
        <Notice tone="warn" title={t('records.gone')}>
          {t('records.goneNext')}
        </Notice>
      </Screen>
    );
  }
  return (
    <Screen title={say(row.called)} back={to('records')} actions={<StandingBadge standing={standingOf(record)} />}>
      {row.screen.above?.(record)}
      <Flags flags={(record.server as { flags?: readonly EvidenceFlag[] } | undefined)?.flags ?? []} />
      <Facts record={record} more={row.screen.facts?.(record) ?? []} />
      {row.screen.below?.(record)}
      <Files files={receiptsOf(record)} />
    </Screen>
  );
}

/** What records of many kinds have in common. */
interface Common {
  readonly captured?: Capture;
  readonly position?: Position | null;
  readonly place?: string;
  readonly note?: string;
}

function Facts({ record, more }: { record: RecordView; more: ReturnType<NonNullable<RecordParts['facts']>> }) {
  const { projects } = useWorkplaces();
  const { captured, position, place, note } = record.values as Common;
  const { receivedAt } = (record.server ?? {}) as { receivedAt?: string };
  const off = Math.round(Math.abs(captured?.clockOffsetMs ?? 0) / 60_000);
  return (
    <dl class="facts card">
      {captured && (
        <Fact name={t('record.captured')}>
          <span class="number">{captured.at.slice(0, 16).replace('T', ' ')}</span>
          {off >= 5 && <p class="small quiet">{t('record.clock', { m: off })}</p>}
        </Fact>
      )}
      {receivedAt && <Fact name={t('record.received')}>{sayMoment(receivedAt)}</Fact>}
      <Fact name={t('record.where')}>{placeName(placeOf(record.scope, projects))}</Fact>
      {more.map((fact) => (
        <Fact key={fact.name} name={fact.name}>
          {fact.value}
        </Fact>
      ))}
      {position && (
        <Fact name={t('record.position')}>
          <span class="number">{sayPosition(position)}</span>
          <p class="small quiet">
            {position.datum} · {sayAccuracy(position)}
          </p>
        </Fact>
      )}
      {place && <Fact name={t('record.place')}>{place}</Fact>}
      {note && <Fact name={t('record.note')}>{note}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Flags({ flags }: { flags: readonly EvidenceFlag[] }) {
  return (
    <>
      {flags.map((flag) => {
        const said = explain(flag.code, flag.params);
        const confirmed = flag.state === 'confirmed';
        return (
          <Notice key={flag.id} tone={confirmed ? 'bad' : 'warn'} icon="flag" title={said.sentence}>
            <p class="small">{said.next}</p>
            <p class="small quiet">{t(confirmed ? 'record.flagConfirmed' : 'record.flagOpen')}</p>
          </Notice>
        );
      })}
    </>
  );
}

function Files({ files }: { files: readonly FileReceipt[] }) {
  if (files.length === 0) return null;
  return (
    <section class="section">
      <h2>{t('record.file')}</h2>
      <ul class="list">
        {files.map((file) => (
          <li key={file.sha256} class="item">
            <span class="text">
              <span class="title number">{t('record.mark', { mark: markOf(file.sha256) })}</span>
              <span class="quiet small">
                {t(file.state === 'stored' ? 'record.fileSafe' : 'record.fileExpected')}
                {file.size ? ` · ${sayBytes(file.size)}` : ''}
              </span>
              {file.problem && <span class="small">{explain(file.problem).sentence}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The first 64 bits in fours, as the captioned copy of a photograph bears them (防伪码). */
function markOf(sha256: string): string {
  return (
    sha256
      .slice(0, 16)
      .toUpperCase()
      .match(/.{1,4}/g) ?? []
  ).join(' ');
}
