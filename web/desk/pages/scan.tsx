import type { NextScan, RejectScan } from '@contract/generated/contract';
import { labelled } from '@shared/words/i18n';
import { useEffect, useRef, useState } from 'preact/hooks';
import { post } from '../api';
import { askedOf, filtersOf } from '../clerk/asked';
import type { Order } from '../clerk/chain';
import { dismiss, open, type Paper, prepare, release, renew, takeNext } from '../clerk/papers';
import { Unknown } from '../clerk/unknown';
import { t } from '../clerk/words';
import { Work } from '../clerk/work';
import { keepDraft, readDraft } from '../drafts';
import { project } from '../projects';
import { go, query, to } from '../router';
import { tell } from '../toast';
import { codeOf } from '../trouble';
import { Ask } from '../ui/dialog';
import { Area } from '../ui/fields';
import { Awaited, Page, Trouble } from '../ui/page';
import { useLoaded, useTask } from '../ui/tasks';
import type { PageProps } from './row';
import '../clerk/clerk.css';

/** The claim is renewed well before it runs out (CLAIM_SECONDS is 30 at least). */
const RENEW_MS = 20_000;
const ORDER = 'clerk.order';

/** One paper in hand: opened with a claim, decided, and on to the next. */
export default function ScanPage({ params }: PageProps) {
  const scan = params.scan ?? '';
  const [takeOver, because] = useState<string>();
  const opened = useLoaded(() => open(scan, takeOver), [scan, takeOver]);
  const [loaded] = opened;
  if (loaded.state === 'failed') return <NotMine error={loaded.error} onTakeOver={because} onAgain={opened[1]} />;
  return <Awaited of={opened}>{(paper) => <InHand key={paper.id} paper={paper} />}</Awaited>;
}

function InHand({ paper }: { paper: Paper }) {
  const asked = askedOf(query.value, project.value?.id);
  const [order, show] = useState<Order>(() => readDraft<Order>(ORDER) ?? 'form');
  const [rejecting, reject] = useState(false);
  const gone = useRef(false);
  useClaim(paper.id, gone);
  useEffect(() => prepare(asked), [JSON.stringify(asked)]);
  // A paper that is skipped stays claimed until that runs out: given back, it would be the next one again.
  const next = useTask(async () => {
    gone.current = true;
    await goOn(asked);
  });
  const { extraction, form } = paper;
  const common = { onSkip: () => void next.run(), onReject: () => reject(true), onDone: () => void next.run() };
  return (
    <Page title={labelled(form?.title) || t('paper.title')} wide>
      <Trouble error={next.error} onAgain={() => void next.run()} />
      {extraction && form ? (
        <Work
          paper={{ ...paper, extraction, form }}
          order={order}
          onOrder={(wanted) => {
            keepDraft(ORDER, wanted);
            show(wanted);
          }}
          {...common}
        />
      ) : (
        <Unknown paper={paper} {...common} />
      )}
      {rejecting && <Reject paper={paper} onClose={() => reject(false)} onDone={common.onDone} />}
    </Page>
  );
}

/** Keep the claim while the paper is open, and give it back on leaving, unless it was decided. */
function useClaim(scan: string, gone: { readonly current: boolean }): void {
  useEffect(() => {
    const timer = setInterval(() => void renew(scan).catch(() => {}), RENEW_MS);
    return () => {
      clearInterval(timer);
      if (!gone.current) {
        void release(scan);
        dismiss();
      }
    };
  }, [scan]);
}

async function goOn(asked: NextScan): Promise<void> {
  const filters = filtersOf(query.peek());
  const scan = await takeNext(asked);
  if (!scan) tell(t('queue.done'));
  go(scan ? to(`/scans/${scan}`, filters) : to('/queue', filters));
}

function Reject({ paper, onClose, onDone }: { paper: Paper; onClose: () => void; onDone: () => void }) {
  const [reason, say] = useState('');
  return (
    <Ask
      title={t('paper.rejectTitle')}
      does={t('paper.reject')}
      onClose={onClose}
      onDo={async () => {
        await post(`/v1/scans/${paper.id}/reject`, { reason } satisfies RejectScan);
        keepDraft(`scan.${paper.extraction?.id}`, undefined);
        tell(t('paper.rejected'));
        onDone();
      }}
    >
      <Area label={t('paper.reason')} value={reason} onChange={say} maxLength={500} autofocus />
    </Ask>
  );
}

/** Another clerk works on it, or it is decided, or it did not open. */
function NotMine(props: { error: unknown; onTakeOver: (reason: string) => void; onAgain: () => void }) {
  const [asking, ask] = useState(false);
  const [reason, say] = useState('');
  const code = codeOf(props.error);
  const asked = askedOf(query.value, project.value?.id);
  return (
    <Page title={t('paper.title')}>
      <Trouble error={props.error} onAgain={code === '' ? props.onAgain : undefined} />
      <div class="buttons">
        <button type="button" class="button primary" onClick={() => void goOn(asked)}>
          {t('paper.next')}
        </button>
        <a class="button" href={to('/queue', filtersOf(query.value))}>
          {t('paper.queue')}
        </a>
        {code === 'scans.claimed' && (
          <button type="button" class="button" onClick={() => ask(true)}>
            {t('paper.takeOver')}
          </button>
        )}
      </div>
      {asking && (
        <Ask
          title={t('paper.takeOver')}
          does={t('paper.takeOver')}
          onClose={() => ask(false)}
          onDo={async () => props.onTakeOver(reason)}
        >
          <Area label={t('paper.reason')} value={reason} onChange={say} maxLength={500} autofocus />
        </Ask>
      )}
    </Page>
  );
}
