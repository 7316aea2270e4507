import type { RecordView } from '@shared/protocol/phone';
import { Notice } from '@shared/ui/parts';
import { explain } from '@shared/words/problems';
import { sayMoment } from '@shared/words/when';
import { SCAN_DRAFT, type ScanBatch } from '../batch';
import { to } from '../router';
import { Extraction } from '../screens/extraction';
import { ScanScreen } from '../screens/scan';
import { t } from '../sentences';
import { Picture } from '../ui/picture';
import { capture } from './captured';
import type { KindRow, Matter } from './row';

const STATES = ['waiting', 'queued', 'read', 'failed', 'arranged', 'rejected'] as const;
/** Of these the list of deeds says something. */
const LISTED = ['queued', 'read', 'failed', 'rejected'] as const;

export const scan: KindRow<'scan'> = {
  called: ['扫描件', 'Scan'],
  deed: {
    ...capture,
    icon: 'scan',
    today: true,
    title: ([one]) => t('kind.pages', { n: one?.values.pages.length ?? 0 }),
    notes: (one) => {
      const state = LISTED.find((known) => known === one.server?.state);
      return [...capture.notes(one), state && t(`scan.${state}`)];
    },
  },
  made: {
    tile: { place: 'scan', icon: 'scan', words: ['扫描表单', 'Scan a form'] },
    Screen: ScanScreen,
    draft: { key: SCAN_DRAFT, files: (draft) => (draft as ScanBatch).pages.map((page) => page.sha256) },
  },
  screen: { below: (one) => <Pages scan={one} /> },
  address: (id) => to('records', id),
  blobs: (one) => one.values.pages,
  asks: (one, { person }) => (capture.mine(one, person) ? failure(one) : []),
};

function failure(one: RecordView<'scan'>): Matter[] {
  if (one.server?.state === 'rejected') {
    return [
      {
        key: `${one.id}:rejected`,
        tone: 'bad',
        icon: 'scan',
        title: t('scan.rejected'),
        detail: `${sayMoment(one.values.captured.at)} · ${one.server.rejected?.reason ?? ''}`,
        href: to('records', one.id),
        dismissible: true,
      },
    ];
  }
  if (one.server?.state !== 'failed') return [];
  const said = explain(one.server.problem ?? 'paper.page_failed');
  return [
    {
      key: `${one.id}:failed`,
      tone: 'bad',
      icon: 'scan',
      title: t('matter.scanFailed'),
      detail: `${sayMoment(one.values.captured.at)} · ${said.sentence} ${said.next}`,
      href: to('records', one.id),
      dismissible: true,
    },
  ];
}

/** What became of the pages: what was read from them, or the pages themselves until then. */
function Pages({ scan: one }: { scan: RecordView<'scan'> }) {
  const state = STATES.find((known) => known === one.server?.state);
  const problem = one.server?.problem ? explain(one.server.problem) : undefined;
  return (
    <>
      {state && state !== 'read' && (
        <Notice
          tone={state === 'failed' || state === 'rejected' ? 'bad' : 'accent'}
          icon="scan"
          title={t(`scan.${state}`)}
        >
          {state === 'rejected' ? one.server?.rejected?.reason : problem && `${problem.sentence} ${problem.next}`}
          {state === 'queued' && <Reading scan={one} />}
        </Notice>
      )}
      {one.server?.extraction ? (
        <Extraction id={one.server.extraction} />
      ) : (
        <ol class="sheets">
          {one.values.pages.map((page, at) => (
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
function Reading({ scan: one }: { scan: RecordView<'scan'> }) {
  const { pages, pagesRead } = one.server ?? {};
  if (!pages) return null;
  return (
    <>
      <p class="small number">{t('scan.reading', { read: pagesRead ?? 0, n: pages })}</p>
      <progress value={pagesRead ?? 0} max={pages} aria-label={t('scan.queued')} />
    </>
  );
}
