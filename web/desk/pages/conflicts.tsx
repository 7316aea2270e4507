import type { ConflictList, ConflictServer, ConflictValues, Upsert } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { sayAgo } from '@shared/words/when';
import { get } from '../api';
import { type About, aboutOf, placeIn, titleOf, valueIn } from '../matters/records';
import { stateAsked, Tabs } from '../matters/tabs';
import { project, sayScope } from '../projects';
import { query, to } from '../router';
import { List, useList } from '../ui/list';
import { Page } from '../ui/page';

const t = sentences({
  title: ['不一致', 'Conflicts'],
  states: ['按处理情况', 'By state'],
  open: ['待裁定', 'To decide'],
  resolved: ['已裁定', 'Decided'],
  field: ['哪一项', 'Answer'],
  report: ['报告', 'Report'],
  section: ['标段', 'Section'],
  values: ['各方填写', 'What was written'],
  chosen: ['裁定为', 'Decided'],
  since: ['发现于', 'Found'],
  blank: ['(空)', '(blank)'],
  none: ['没有待裁定的不一致', 'No conflict waits'],
});

interface Row extends About {
  readonly id: string;
  readonly scope: string;
  readonly values: ConflictValues;
  readonly server: ConflictServer;
}

const PAGE = 25;

/** Answers that people wrote differently, the oldest first. */
export default function ConflictsPage() {
  const state = stateAsked('open');
  const listing = useList(
    async (after) => {
      const page = await get<ConflictList>('/v1/conflicts', { state, project: project.value?.id, after, limit: PAGE });
      const rows = await Promise.all(page.conflicts.map(rowOf));
      return { rows, next: page.next ?? '' };
    },
    [query.value.toString(), project.value?.id],
  );
  const say = (row: Row, value: ConflictValues['standing']) => valueIn(row, row.values.path, value) || t('blank');
  return (
    <Page title={t('title')} wide>
      <Tabs
        label={t('states')}
        states={[
          ['open', t('open')],
          ['resolved', t('resolved')],
        ]}
      />
      <List
        of={listing}
        label={t('title')}
        columns={[
          { name: t('field'), cell: (row) => placeIn(row, row.values.path) },
          {
            name: state === 'open' ? t('values') : t('chosen'),
            cell: (row) =>
              state === 'open'
                ? [row.values.standing, ...Object.values(row.values.candidates).map((one) => one.value)]
                    .map((value) => say(row, value))
                    .join(' / ')
                : say(row, row.values.chosen),
          },
          { name: t('report'), cell: (row) => titleOf(row, row.values.kind) },
          { name: t('section'), cell: (row) => sayScope(row.scope) },
          { name: t('since'), cell: (row) => <span class="nowrap">{sayAgo(row.server.receivedAt)}</span> },
        ]}
        id={(row) => row.id}
        href={(row) => to(`/conflicts/${row.id}`)}
        empty={t('none')}
      />
    </Page>
  );
}

async function rowOf(one: Upsert): Promise<Row> {
  const values = one.values as unknown as ConflictValues;
  const server = one.server as unknown as ConflictServer;
  return { ...(await aboutOf(values.record)), id: one.id, scope: one.scope, values, server };
}
