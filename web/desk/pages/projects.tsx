import type { NewProject, Project } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { useDraft } from '../drafts';
import { holds } from '../me';
import { choose, loadProjects } from '../projects';
import { go, to } from '../router';
import { BLANK_PROJECT, bodyOf, ProjectInputs, type TypedProject } from '../site/project-inputs';
import { tell } from '../toast';
import { Dialog } from '../ui/dialog';
import { Form } from '../ui/fields';
import { List, useList } from '../ui/list';
import { Page } from '../ui/page';
import { useTask } from '../ui/tasks';
import { t as shell } from '../words';

const t = sentences({
  title: ['工程', 'Projects'],
  new: ['新建工程', 'New project'],
  name: ['工程', 'Project'],
  code: ['项目代码', 'Project code'],
  sections: ['标段', 'Sections'],
  began: ['开工日期', 'Work began'],
  zone: ['时区', 'Time zone'],
  made: ['工程已建立:{name}', 'The project was made: {name}'],
  empty: [
    '还没有工程。先新建一个,再为它添加标段和人员。',
    'There is no project yet. Make one, then give it sections and people.',
  ],
});

/** Every project of whoever looks; administrators make new ones. */
export default function Projects() {
  const [making, make] = useState(false);
  const listing = useList(async (after) => {
    const page = await get<{ projects: readonly Project[]; next?: string }>('/v1/projects', { after });
    return { rows: page.projects, next: page.next ?? '' };
  }, []);
  return (
    <Page
      title={t('title')}
      actions={
        holds(['admin']) && (
          <button type="button" class="button primary" onClick={() => make(true)}>
            {t('new')}
          </button>
        )
      }
    >
      <List
        of={listing}
        label={t('title')}
        columns={[
          { name: t('name'), cell: (one) => one.name },
          { name: t('code'), cell: (one) => <span class="number">{one.code}</span> },
          { name: t('sections'), cell: (one) => one.sections?.length ?? 0, figure: true },
          { name: t('began'), cell: (one) => <span class="number">{one.began}</span> },
          { name: t('zone'), cell: (one) => one.timeZone },
        ]}
        id={(one) => one.id}
        href={(one) => to(`/projects/${one.id}`)}
        empty={t('empty')}
      />
      {making && <NewOne onClose={() => make(false)} />}
    </Page>
  );
}

function NewOne({ onClose }: { onClose: () => void }) {
  const [typed, set, forget] = useDraft<TypedProject>('project.new', BLANK_PROJECT);
  const task = useTask(async () => {
    const made = await post<Project>('/v1/projects', bodyOf(typed) satisfies NewProject);
    forget();
    await loadProjects();
    choose(made.id);
    tell(t('made', { name: made.name }));
    go(to(`/projects/${made.id}`));
  });
  return (
    <Dialog title={t('new')} onClose={onClose} wide>
      <Form
        task={task}
        does={t('new')}
        aside={
          <button type="button" class="button" onClick={onClose}>
            {shell('cancel')}
          </button>
        }
      >
        <ProjectInputs value={typed} onChange={set} fence />
      </Form>
    </Dialog>
  );
}
