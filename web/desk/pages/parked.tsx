import type { ParkedList } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { get } from '../api';
import { Cards } from '../matters/cards';
import { Parked, parkedOf } from '../matters/parked-op';
import { stateAsked, Tabs } from '../matters/tabs';
import { project } from '../projects';
import { query } from '../router';
import { useList } from '../ui/list';
import { Page } from '../ui/page';

const t = sentences({
  title: ['暂存', 'Parked'],
  states: ['按处理情况', 'By state'],
  waiting: ['待处理', 'Waiting'],
  discarded: ['已作废', 'Discarded'],
  applied: ['已采用', 'Applied'],
  none: ['没有暂存的内容', 'Nothing is parked'],
});

const PAGE = 20;

/** What phones sent and the server kept without applying it, the oldest first. */
export default function ParkedPage() {
  const state = stateAsked('waiting');
  const listing = useList(
    async (after) => {
      const page = await get<ParkedList>('/v1/parked', { state, project: project.value?.id, after, limit: PAGE });
      return { rows: await Promise.all(page.parked.map(parkedOf)), next: page.next ?? '' };
    },
    [query.value.toString(), project.value?.id],
  );
  return (
    <Page title={t('title')} wide>
      <Tabs
        label={t('states')}
        states={[
          ['waiting', t('waiting')],
          ['discarded', t('discarded')],
          ['applied', t('applied')],
        ]}
      />
      <Cards of={listing} empty={t('none')}>
        {(row) => (
          <Parked
            key={row.id}
            found={row}
            onDecided={() => listing.change((rows) => rows.filter((one) => one.id !== row.id))}
          />
        )}
      </Cards>
    </Page>
  );
}
