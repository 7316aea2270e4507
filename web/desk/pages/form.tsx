import type { FormDefinition, FormDifference, FormList, PublishedForm } from '@contract/generated/contract';
import { Notice } from '@shared/ui/parts';
import { labelled, sentences } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { FormTrouble } from '../authoring/findings';
import { FormPreview } from '../authoring/preview';
import { PrintSheets } from '../authoring/print';
import { FormStanding } from '../authoring/standing';
import { holds } from '../me';
import { ask, go, query, to } from '../router';
import { tell } from '../toast';
import { Ask } from '../ui/dialog';
import { Awaited, Page } from '../ui/page';
import { useLoaded, useTask } from '../ui/tasks';
import type { PageProps } from './row';

const t = sentences({
  title: ['表单', 'Form'],
  version: ['第 {n} 版', 'Version {n}'],
  draft: ['草稿', 'Draft'],
  phone: ['手机上', 'On the phone'],
  paper: ['纸质表', 'On paper'],
  changes: ['与前一版的差异', 'Since the version before'],
  views: ['看什么', 'What to see'],
  try: [
    '与手机上一样,可以试填;这里填写的内容不会保存。',
    'As on the phone, and it can be tried: nothing that is typed here is kept.',
  ],
  first: ['这是第一版。', 'This is the first version.'],
  same: ['与前一版没有差异。', 'Nothing differs from the version before.'],
  draftPaper: ['草稿发布后才能打印。', 'A draft can be printed once it is published.'],
  publish: ['发布', 'Publish'],
  askPublish: ['发布这份草稿?', 'Publish this draft?'],
  askPublishText: [
    '发布后内容不再改变;手机下次同步时收到,新报告都用这一版。',
    'It never changes once published; phones get it as they next exchange, and new reports are begun on it.',
  ],
  published: ['已发布第 {n} 版', 'Version {n} was published'],
  retire: ['停用', 'Retire'],
  askRetire: ['停用这个表单?', 'Retire this form?'],
  askRetireText: [
    '不再用于新报告。已有的报告、手机上没交的草稿和已打印的纸质表照常接收。',
    'No new report is begun on it. Reports there are, drafts on phones and sheets that were printed are taken as before.',
  ],
  retired: ['已停用', 'Retired'],
  older: ['以前的版本', 'Earlier versions'],
  only: ['只在手机上计算', 'Worked out on the phone alone'],
  onlyText: [
    '下列算式超出服务器能重新计算的范围,只在手机上起作用:',
    'These expressions lie beyond what the server computes again; they work on the phone alone:',
  ],
  row: ['第 {row} 行 {name}({column})', 'Row {row}, {name} ({column})'],
});

type View = 'phone' | 'paper' | 'changes';
const VIEWS: readonly View[] = ['phone', 'paper', 'changes'];

async function newest(id: string): Promise<readonly PublishedForm[]> {
  const found: PublishedForm[] = [];
  let after = '';
  do {
    const page = await get<FormList>('/v1/forms', { after });
    found.push(...page.forms.filter((one) => one.id === id));
    after = page.next ?? '';
  } while (after);
  return found;
}

/** One version of a form: as the phone draws it, as paper, and what differs from the version before. */
export default function OneForm({ params }: PageProps) {
  const [id, version] = [params.id ?? '', Number(params.version)];
  const [asking, begin] = useState<'publish' | 'retire'>();
  const loaded = useLoaded(
    async () => ({
      form: await get<FormDefinition>(`/v1/forms/${id}/${version}`),
      listed: await newest(id),
    }),
    [id, version],
  );
  const publishing = useTask(async () => {
    const made = await post<PublishedForm>(`/v1/forms/${id}/publish`);
    tell(t('published', { n: made.version }));
    go(to(`/forms/${id}/${made.version}`), true);
  });
  const found = loaded[0].value;
  const state = found?.listed.find((one) => one.version === version);
  const admin = holds(['admin']);
  const view = VIEWS.find((one) => one === query.value.get('view')) ?? 'phone';
  return (
    <Page
      title={found ? labelled(found.form.title) : t('title')}
      actions={
        <>
          {admin && version === 0 && (
            <button type="button" class="button primary" onClick={() => begin('publish')}>
              {t('publish')}
            </button>
          )}
          {admin && state?.state === 'published' && (
            <button type="button" class="button" onClick={() => begin('retire')}>
              {t('retire')}
            </button>
          )}
        </>
      }
    >
      <Awaited of={loaded}>
        {({ form, listed }) => (
          <>
            <p class="actions">
              <span>{version === 0 ? t('draft') : t('version', { n: version })}</span>
              {state && <FormStanding state={state.state} />}
              <code class="quiet">{id}</code>
              <Older id={id} version={version} newest={Math.max(0, ...listed.map((one) => one.version))} />
            </p>
            <FormTrouble error={publishing.error} />
            {(state?.phoneOnly ?? []).length > 0 && (
              <details>
                <summary>{t('only')}</summary>
                <p>{t('onlyText')}</p>
                <ul>
                  {(state?.phoneOnly ?? []).map((one) => (
                    <li key={`${one.row}${one.column}`}>
                      {t('row', { row: one.row, name: one.name, column: one.column })}: <code>{one.text}</code>
                    </li>
                  ))}
                </ul>
              </details>
            )}
            <fieldset class="tabs no-print" aria-label={t('views')}>
              {VIEWS.map((one) => (
                <button
                  key={one}
                  type="button"
                  class="button"
                  aria-pressed={one === view}
                  onClick={() => ask({ view: one })}
                >
                  {t(one)}
                </button>
              ))}
            </fieldset>
            {view === 'phone' && (
              <>
                <p class="quiet">{t('try')}</p>
                <FormPreview key={`${id}${version}`} form={form} />
              </>
            )}
            {view === 'paper' &&
              (version === 0 ? <p>{t('draftPaper')}</p> : <PrintSheets form={id} version={version} />)}
            {view === 'changes' && (
              <Changes id={id} version={version} first={listed.some((one) => one.version > 0) ? 1 : 0} />
            )}
          </>
        )}
      </Awaited>
      {asking === 'publish' && (
        <Ask title={t('askPublish')} does={t('publish')} onDo={() => publishing.run()} onClose={() => begin(undefined)}>
          <p>{t('askPublishText')}</p>
        </Ask>
      )}
      {asking === 'retire' && (
        <Ask
          title={t('askRetire')}
          does={t('retire')}
          onDo={async () => {
            await post(`/v1/forms/${id}/${version}/retire`);
            tell(t('retired'));
            loaded[1]();
          }}
          onClose={() => begin(undefined)}
        >
          <p>{t('askRetireText')}</p>
        </Ask>
      )}
    </Page>
  );
}

function Older({ id, version, newest }: { id: string; version: number; newest: number }) {
  const others = Array.from({ length: newest }, (_, at) => newest - at).filter((one) => one !== version);
  if (others.length === 0) return null;
  return (
    <span class="quiet">
      {t('older')}{' '}
      {others.slice(0, 20).map((one) => (
        <a key={one} href={to(`/forms/${id}/${one}`)}>
          {one}{' '}
        </a>
      ))}
    </span>
  );
}

/** `first` is the version that none came before: 1, or the draft of a form that was never published. */
function Changes({ id, version, first }: { id: string; version: number; first: number }) {
  const loaded = useLoaded(
    async () => (version === first ? null : await get<FormDifference>(`/v1/forms/${id}/${version}/changes`)),
    [id, version],
  );
  return (
    <Awaited of={loaded}>
      {(found) =>
        found === null ? (
          <p>{t('first')}</p>
        ) : found.changes.length === 0 ? (
          <Notice tone="good" title={t('same')} />
        ) : (
          <ol class="changes" aria-label={t('changes')}>
            {found.changes.map((one, at) => (
              <li key={`${one.path}${at}`}>{labelled(one.said)}</li>
            ))}
          </ol>
        )
      }
    </Awaited>
  );
}
