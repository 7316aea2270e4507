import type { DeadJob, DeadJobs, DismissJob } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { stateAsked, Tabs } from '../matters/tabs';
import { Why } from '../matters/why';
import { query } from '../router';
import { tell } from '../toast';
import { List, useList } from '../ui/list';
import { Page, Trouble } from '../ui/page';
import { useTask } from '../ui/tasks';

const t = sentences({
  title: ['放弃的任务', 'Dead jobs'],
  states: ['按处理情况', 'By state'],
  dead: ['待处理', 'Given up'],
  dismissed: ['已搁置', 'Put aside'],
  kind: ['任务', 'Job'],
  about: ['对象', 'About'],
  attempts: ['尝试', 'Tries'],
  reason: ['最后的错误', 'Why it ended'],
  died: ['放弃于', 'Given up'],
  acts: ['处理', 'Decide'],
  none: ['没有放弃的任务', 'No job was given up'],
  retry: ['重试', 'Try again'],
  retried: ['已重新排队', 'It is in the queue again'],
  dismiss: ['搁置…', 'Put aside…'],
  'dismiss.title': ['搁置这个任务?', 'Put the job aside?'],
  'dismiss.do': ['搁置', 'Put aside'],
  'dismiss.hint': ['以后仍可重试', 'It can still be tried again'],
  put: ['已搁置', 'Put aside'],
});

/** Work in the background that failed for good: why, and have it tried again or put aside. */
export default function JobsPage() {
  const state = stateAsked('dead');
  const [asking, ask] = useState<DeadJob>();
  const listing = useList(
    async (after) => {
      const page = await get<DeadJobs>('/v1/jobs/dead', { after, dismissed: state === 'dismissed' });
      return { rows: page.jobs, next: page.next ?? '' };
    },
    [query.value.toString()],
  );
  const gone = (id: string) => listing.change((rows) => rows.filter((row) => row.id !== id));
  const retry = useTask(async (job: DeadJob) => {
    await post(`/v1/jobs/${job.id}/retry`);
    gone(job.id);
    tell(t('retried'));
  });
  return (
    <Page title={t('title')} wide>
      <Tabs
        label={t('states')}
        states={[
          ['dead', t('dead')],
          ['dismissed', t('dismissed')],
        ]}
      />
      <Trouble error={retry.error} />
      <List
        of={listing}
        label={t('title')}
        columns={[
          { name: t('kind'), cell: (job) => <code>{job.kind}</code> },
          { name: t('about'), cell: (job) => <code class="small">{aboutOf(job)}</code>, short: true },
          { name: t('reason'), cell: (job) => job.reason },
          { name: t('attempts'), cell: (job) => job.attempts, figure: true },
          { name: t('died'), cell: (job) => <span class="nowrap">{sayMoment(job.diedAt)}</span> },
          {
            name: t('acts'),
            cell: (job) => (
              <span class="buttons">
                <button type="button" class="button" disabled={retry.busy} onClick={() => void retry.run(job)}>
                  {t('retry')}
                </button>
                {state === 'dead' && (
                  <button type="button" class="button" onClick={() => ask(job)}>
                    {t('dismiss')}
                  </button>
                )}
              </span>
            ),
          },
        ]}
        id={(job) => job.id}
        empty={t('none')}
      />
      {asking && (
        <Why
          about={`${asking.id}.dismiss`}
          title={t('dismiss.title')}
          hint={t('dismiss.hint')}
          does={t('dismiss.do')}
          done={t('put')}
          onDo={async (reason) => {
            await post(`/v1/jobs/${asking.id}/dismiss`, { reason } satisfies DismissJob);
            gone(asking.id);
          }}
          onClose={() => ask(undefined)}
        />
      )}
    </Page>
  );
}

/** What a job was about: the first of its arguments that names something. */
function aboutOf(job: DeadJob): string {
  const { subject } = (job.args ?? {}) as { subject?: unknown };
  return typeof subject === 'string' ? subject : JSON.stringify(job.args ?? {});
}
