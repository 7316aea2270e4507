import type { FormList, PublishedForm } from '@contract/generated/contract';
import { Badge } from '@shared/ui/parts';
import { labelled, sentences } from '@shared/words/i18n';
import { sayMoment } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { call, get } from '../api';
import { FormTrouble } from '../authoring/findings';
import { FormStanding } from '../authoring/standing';
import { holds } from '../me';
import { go, to } from '../router';
import { tell } from '../toast';
import { Dialog } from '../ui/dialog';
import { List, useList } from '../ui/list';
import { Page } from '../ui/page';
import { useTask } from '../ui/tasks';
import { t as shell } from '../words';

const t = sentences({
  title: ['表单', 'Forms'],
  upload: ['上传表单', 'Upload a form'],
  how: [
    'XLSForm 工作簿(.xlsx),或它的文本形式(.md)。先存为草稿,看过再发布。',
    'An XLSForm workbook (.xlsx), or its text form (.md). It is kept as a draft; publish it once you have looked.',
  ],
  file: ['表单文件', 'File of the form'],
  send: ['检查并存为草稿', 'Check, and keep as a draft'],
  form: ['表单', 'Form'],
  id: ['标识', 'Id'],
  version: ['版本', 'Version'],
  state: ['状态', 'State'],
  at: ['时间', 'When'],
  library: ['随系统提供', 'Shipped'],
  moved: ['文件改动过,请重新选择。', 'The file was changed meanwhile; choose it again.'],
  kept: ['草稿已保存:{name}', 'The draft was kept: {name}'],
});

const TYPES: Readonly<Record<string, string>> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  md: 'text/markdown',
};

/** The newest version of each form, and drafts. */
export default function Forms() {
  const [uploading, upload] = useState(false);
  const listing = useList(async (after) => {
    const page = await get<FormList>('/v1/forms', { after });
    return { rows: page.forms, next: page.next ?? '' };
  }, []);
  return (
    <Page
      title={t('title')}
      actions={
        holds(['admin']) && (
          <button type="button" class="button primary" onClick={() => upload(true)}>
            {t('upload')}
          </button>
        )
      }
    >
      <List
        of={listing}
        label={t('title')}
        columns={[
          { name: t('form'), cell: (one) => labelled(one.title) },
          { name: t('id'), cell: (one) => <code>{one.id}</code> },
          { name: t('version'), cell: (one) => one.version || '–', figure: true },
          { name: t('state'), cell: (one) => <FormStanding state={one.state} /> },
          {
            name: t('at'),
            cell: (one) => (one.by === 'library' ? <Badge>{t('library')}</Badge> : sayMoment(one.at)),
          },
        ]}
        id={(one) => `${one.id}/${one.version}`}
        href={(one) => to(`/forms/${one.id}/${one.version}`)}
      />
      {uploading && <Upload onClose={() => upload(false)} />}
    </Page>
  );
}

function Upload({ onClose }: { onClose: () => void }) {
  const [chosen, choose] = useState<File>();
  const task = useTask(async () => {
    if (!chosen) return;
    const type = TYPES[chosen.name.toLowerCase().split('.').pop() ?? ''] ?? TYPES.md ?? '';
    const bytes = await chosen.arrayBuffer().catch(() => {
      throw new Error(t('moved'));
    });
    const content = new Blob([bytes]);
    const answer = await call('/v1/forms', { method: 'POST', query: { draft: true }, content, type });
    const made = (await answer.json()) as PublishedForm;
    tell(t('kept', { name: labelled(made.title) }));
    go(to(`/forms/${made.id}/${made.version}`));
  });
  return (
    <Dialog title={t('upload')} onClose={onClose} wide>
      <form
        class="inputs"
        onSubmit={(event) => {
          event.preventDefault();
          void task.run();
        }}
      >
        <p>{t('how')}</p>
        <div class="field">
          <label for="form-file">{t('file')}</label>
          <input
            id="form-file"
            type="file"
            accept=".xlsx,.md,text/markdown"
            required
            onClick={(event) => {
              event.currentTarget.value = ''; // so that the same file can be chosen again once it was corrected
              choose(undefined);
            }}
            onChange={(event) => choose(event.currentTarget.files?.[0])}
          />
        </div>
        <FormTrouble error={task.error} />
        <div class="buttons">
          <button type="submit" class="button primary" disabled={task.busy || !chosen}>
            {t('send')}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {shell('cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
