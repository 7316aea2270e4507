import type { EvidenceFlag, FileReceipt } from '@contract/generated/contract';
import { sayAccuracy, sayPosition } from '@shared/device/fix';
import type { RecordView } from '@shared/protocol/phone';
import { Notice, Screen } from '@shared/ui/parts';
import { explain } from '@shared/words/problems';
import { sayBytes, sayMoment } from '@shared/words/when';
import type { ComponentChildren } from 'preact';
import { standingOf } from '../entries';
import { useLive } from '../live';
import { placeName, placeOf, useWorkplaces } from '../places';
import { to } from '../router';
import { t } from '../sentences';
import { Picture } from '../ui/picture';
import { StandingBadge } from '../ui/standing';
import { sayVerdict, VerdictBadge } from './checkin';
import { Extraction } from './extraction';

type Shown = RecordView<'photo'> | RecordView<'checkIn'> | RecordView<'scan'>;

/** One photograph, check-in or scan: what was recorded, and what the server made of it. */
export function RecordScreen({ id }: { id: string }) {
  const record = useLive(async (phone) => (await phone.record(id)) ?? null, [id]);
  if (record === undefined)
    return (
      <Screen title={t('records.title')} back={to('records')}>
        {null}
      </Screen>
    );
  if (record === null || !['photo', 'checkIn', 'scan'].includes(record.kind)) {
    return (
      <Screen title={t('records.title')} back={to('records')}>
        <Notice tone="warn" title={t('records.gone')}>
          {t('records.goneNext')}
        </Notice>
      </Screen>
    );
  }
  const shown = record as Shown;
  return (
    <Screen
      title={t(`kind.${shown.kind}`)}
      back={to('records')}
      actions={<StandingBadge standing={standingOf(shown)} />}
    >
      {shown.kind === 'photo' && <Picture class="large" sha256={shown.values.blob} side={1024} alt={t('kind.photo')} />}
      <Flags flags={(shown.server as { flags?: readonly EvidenceFlag[] } | undefined)?.flags ?? []} />
      <Facts record={shown} />
      {shown.kind === 'scan' && <Scan scan={shown} />}
      <Files files={(shown.server as { files?: readonly FileReceipt[] | null } | undefined)?.files ?? []} />
    </Screen>
  );
}

function Facts({ record }: { record: Shown }) {
  const { projects } = useWorkplaces();
  const values = record.values as {
    captured: { at: string; clockOffsetMs?: number | null };
    place?: string;
    note?: string;
  };
  const position = record.kind === 'scan' ? undefined : record.values.position;
  const off = Math.round(Math.abs(values.captured.clockOffsetMs ?? 0) / 60_000);
  return (
    <dl class="facts card">
      <Fact name={t('record.captured')}>
        <span class="number">{values.captured.at.slice(0, 16).replace('T', ' ')}</span>
        {off >= 5 && <p class="small quiet">{t('record.clock', { m: off })}</p>}
      </Fact>
      {record.server && <Fact name={t('record.received')}>{sayMoment(record.server.receivedAt)}</Fact>}
      <Fact name={t('record.where')}>{placeName(placeOf(record.scope, projects))}</Fact>
      {record.kind === 'checkIn' && (
        <Fact name={t('record.verdict')}>
          <VerdictBadge server={record.server} /> <span class="small quiet">{sayVerdict(record.server)}</span>
        </Fact>
      )}
      {position && (
        <Fact name={t('record.position')}>
          <span class="number">{sayPosition(position)}</span>
          <p class="small quiet">
            {position.datum} · {sayAccuracy(position)}
          </p>
        </Fact>
      )}
      {values.place && <Fact name={t('record.place')}>{values.place}</Fact>}
      {values.note && <Fact name={t('record.note')}>{values.note}</Fact>}
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

const SCAN_STATES = ['waiting', 'queued', 'read', 'failed'] as const;

function Scan({ scan }: { scan: RecordView<'scan'> }) {
  const state = SCAN_STATES.find((one) => one === scan.server?.state);
  const problem = scan.server?.problem ? explain(scan.server.problem) : undefined;
  return (
    <>
      {state && state !== 'read' && (
        <Notice tone={state === 'failed' ? 'bad' : 'accent'} icon="scan" title={t(`scan.${state}`)}>
          {problem && `${problem.sentence} ${problem.next}`}
          {state === 'queued' && <Reading scan={scan} />}
        </Notice>
      )}
      {scan.server?.extraction ? (
        <Extraction id={scan.server.extraction} />
      ) : (
        <ol class="sheets">
          {scan.values.pages.map((page, at) => (
            <li key={page}>
              <Picture class="large" sha256={page} side={1024} alt={t('scan.page', { n: at + 1 })} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

/** How many pages are read by now, while they are. */
function Reading({ scan }: { scan: RecordView<'scan'> }) {
  const { pages, pagesRead } = scan.server ?? {};
  if (!pages) return null;
  return (
    <>
      <p class="small number">{t('scan.reading', { read: pagesRead ?? 0, n: pages })}</p>
      <progress value={pagesRead ?? 0} max={pages} aria-label={t('scan.queued')} />
    </>
  );
}
