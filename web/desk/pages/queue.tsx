import type { NextScan, QueuedScan, QueueOrder, QueueState, ScanQueue } from '@contract/generated/contract';
import { Badge, type Tone } from '@shared/ui/parts';
import { sayAgo } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { get, type Query } from '../api';
import { askedOf, filtersOf, UNKNOWN } from '../clerk/asked';
import { takeNext } from '../clerk/papers';
import { t } from '../clerk/words';
import { formTitle, loadForms } from '../forms';
import { me } from '../me';
import { project, sayScope } from '../projects';
import { ask, go, query, to } from '../router';
import { tell } from '../toast';
import { Filters, Select } from '../ui/fields';
import { List, useList } from '../ui/list';
import { Page, Trouble } from '../ui/page';
import { useLoaded, useTask } from '../ui/tasks';
import '../clerk/clerk.css';

const STATES: readonly QueueState[] = ['read', 'paired', 'formUnknown', 'failed', 'reading'];
const TONES: Readonly<Record<QueueState, Tone | undefined>> = {
  read: 'accent',
  paired: 'warn',
  formUnknown: 'warn',
  failed: 'bad',
  reading: undefined,
};

/** The papers that wait for a clerk, and the way into them. */
export default function QueuePage() {
  const asked = askedOf(query.value, project.value?.id);
  const [counts, count] = useState<ScanQueue['counts']>();
  useLoaded(loadForms, []);
  const listing = useList(
    async (after) => {
      const page = await get<ScanQueue>('/v1/scans/queue', {
        ...(asked as Query),
        ...(asked.form === '' ? { form: null } : {}),
        after,
      });
      count(page.counts);
      return { rows: page.scans, next: page.next ?? '' };
    },
    [JSON.stringify(asked)],
  );
  const start = useTask(() => begin(asked));
  const all = sum(counts?.states) - (counts?.states.reading ?? 0);
  return (
    <Page
      title={t('queue.title')}
      actions={
        <>
          {counts && <span class="quiet number">{t('queue.counts', { n: all })}</span>}
          <button
            type="button"
            class="button primary"
            disabled={start.busy || all === 0}
            onClick={() => void start.run()}
          >
            {t('queue.start')}
          </button>
        </>
      }
    >
      <Filters label={t('queue.filters')}>
        <Select
          label={t('queue.state')}
          value={asked.state ?? ''}
          onChange={(state) => ask({ state })}
          options={[
            ['', t('queue.all', { n: all })],
            ...STATES.map((one) => [one, `${t(`state.${one}`)} ${counts?.states[one] ?? 0}`] as const),
          ]}
        />
        <Select
          label={t('queue.form')}
          value={query.value.get('form') ?? ''}
          onChange={(form) => ask({ form })}
          options={[
            ['', t('queue.all', { n: sum(counts?.forms) })],
            ...Object.entries(counts?.forms ?? {}).map(
              ([id, n]) => [id || UNKNOWN, `${id ? formTitle(id) : t('unknown')} ${n}`] as const,
            ),
          ]}
        />
        <Select
          label={t('queue.scope')}
          value={asked.scope ?? ''}
          onChange={(scope) => ask({ scope })}
          options={[
            ['', t('queue.all', { n: sum(counts?.scopes) })],
            ...Object.entries(counts?.scopes ?? {}).map(([scope, n]) => [scope, `${sayScope(scope)} ${n}`] as const),
          ]}
        />
        <Select
          label={t('queue.order')}
          value={asked.order ?? 'age'}
          onChange={(order) => ask({ order: order === 'age' ? '' : order })}
          options={(['age', 'confidence'] satisfies QueueOrder[]).map((one) => [one, t(`order.${one}`)] as const)}
        />
      </Filters>
      <Trouble error={start.error} />
      <List
        of={listing}
        label={t('queue.title')}
        id={(row) => row.scan}
        href={(row) => to(`/scans/${row.scan}`, filtersOf(query.value))}
        empty={
          <>
            {t('queue.empty')} <br />
            {t('queue.emptyText')}
          </>
        }
        columns={[
          { name: t('queue.form'), cell: (row) => (row.form ? formTitle(row.form) : t('unknown')), short: true },
          { name: t('queue.state'), cell: (row) => <Badge {...toneOf(row.state)}>{t(`state.${row.state}`)}</Badge> },
          { name: t('queue.scope'), cell: (row) => sayScope(row.scope), short: true },
          { name: t('queue.received'), cell: (row) => sayAgo(row.receivedAt) },
          { name: t('queue.pages'), cell: (row) => row.pages, figure: true },
          { name: t('queue.toLook'), cell: (row) => row.toLook ?? '', figure: true },
          { name: t('queue.lowest'), cell: sayLowest, figure: true },
          { name: t('queue.claim'), cell: sayClaim, short: true },
        ]}
      />
    </Page>
  );
}

const toneOf = (state: QueueState) => {
  const tone = TONES[state];
  return tone ? { tone } : {};
};
const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((all, n) => all + n, 0);
const sayLowest = (row: QueuedScan) =>
  row.lowestConfidence == null ? '' : `${Math.floor(row.lowestConfidence / 10)}%`;
const sayClaim = ({ claim }: QueuedScan) =>
  claim ? (claim.by === me.value?.person ? t('queue.mine') : claim.name) : '';

async function begin(asked: NextScan): Promise<void> {
  const scan = await takeNext(asked);
  if (scan) go(to(`/scans/${scan}`, filtersOf(query.peek())));
  else tell(t('queue.done'));
}
