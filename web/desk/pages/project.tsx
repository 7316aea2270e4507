import type { ChangeProject, ChangeSection, NewSection, Project, Section } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { patch, post } from '../api';
import { useDraft } from '../drafts';
import { holds } from '../me';
import { loadProjects, projects } from '../projects';
import { to } from '../router';
import { inDegrees } from '../site/degrees';
import { bodyOf, ProjectInputs, typedProject } from '../site/project-inputs';
import { t as site } from '../site/words';
import { tell } from '../toast';
import { Dialog } from '../ui/dialog';
import { Form, Input } from '../ui/fields';
import { Facts, Page } from '../ui/page';
import { useTask } from '../ui/tasks';
import { t as shell } from '../words';
import type { PageProps } from './row';

const t = sentences({
  missing: ['没有这个工程', 'There is no such project'],
  code: ['项目代码', 'Project code'],
  place: ['中心坐标', 'Centre'],
  zone: ['时区', 'Time zone'],
  began: ['开工日期', 'Work began'],
  night: ['夜班下班时间', 'Night shift ends'],
  fence: ['围栏', 'Fence'],
  circle: ['圆形,半径 {metres} 米', 'A circle of {metres} m'],
  polygon: ['多边形,{corners} 个角点', 'A polygon of {corners} corners'],
  none: ['没有', 'None'],
  sections: ['标段', 'Sections'],
  noSections: [
    '还没有标段。人员按标段授权,所以至少需要一个。',
    'There is no section yet. People work in sections: one at least is needed.',
  ],
  newSection: ['新建标段', 'New section'],
  editSection: ['修改标段', 'Edit section'],
  section: ['标段名称', 'Name of the section'],
  sectionCode: ['标段编号', 'Code of the section'],
  contractor: ['施工单位', 'Contractor'],
  contractorCode: ['统一社会信用代码', 'Unified social credit code'],
  contractorCodeHint: ['18 位', '18 characters'],
  next: ['下一步', 'Next'],
  people: ['添加人员', 'Add people'],
  forms: ['查看表单', 'See the forms'],
});

/** One project: its facts, its fence, its sections. */
export default function OneProject({ params }: PageProps) {
  const found = projects.value.find((one) => one.id === params.id);
  const [editing, edit] = useState(false);
  const [section, open] = useState<Section | 'new'>();
  if (!found) return <Page title={t('missing')} />;
  const admin = holds(['admin']);
  return (
    <Page
      title={found.name}
      actions={
        admin && (
          <button type="button" class="button" onClick={() => edit(true)}>
            {site('edit')}
          </button>
        )
      }
    >
      <Facts
        rows={[
          [
            t('code'),
            <span key="code" class="number">
              {found.code}
            </span>,
          ],
          [
            t('place'),
            <span key="place" class="number">
              {inDegrees(found)
                .map((one) => one.toFixed(6))
                .join(', ')}
            </span>,
          ],
          [t('zone'), found.timeZone],
          [t('began'), found.began ?? '–'],
          [t('night'), found.nightShiftEnds ?? '–'],
          [t('fence'), <FenceOf key="fence" of={found} />],
        ]}
      />
      <section class="section" aria-labelledby="sections">
        <div class="page-head">
          <h2 id="sections">{t('sections')}</h2>
          {admin && (
            <button type="button" class="button" onClick={() => open('new')}>
              {t('newSection')}
            </button>
          )}
        </div>
        <Sections of={found} onEdit={admin ? open : undefined} />
      </section>
      {admin && (found.sections ?? []).length > 0 && (
        <p class="actions">
          <span class="quiet">{t('next')}</span>
          <a href={to('/people')}>{t('people')}</a>
          <a href={to('/forms')}>{t('forms')}</a>
        </p>
      )}
      {editing && <EditProject of={found} onClose={() => edit(false)} />}
      {section && (
        <EditSection project={found.id} of={section === 'new' ? undefined : section} onClose={() => open(undefined)} />
      )}
    </Page>
  );
}

function FenceOf({ of }: { of: Project | Section }) {
  const { fence } = of;
  const said = !fence
    ? t('none')
    : fence.radiusCm
      ? t('circle', { metres: fence.radiusCm / 100 })
      : t('polygon', { corners: (fence.rings ?? []).reduce((sum, ring) => sum + ring.length - 1, 0) });
  return <>{said}</>;
}

function Sections({ of, onEdit }: { of: Project; onEdit: ((section: Section) => void) | undefined }) {
  const sections = of.sections ?? [];
  if (sections.length === 0) return <p class="state quiet">{t('noSections')}</p>;
  return (
    <div class="list-frame">
      <table class="table" aria-label={t('sections')}>
        <thead>
          <tr>
            {[t('sectionCode'), t('section'), t('contractor'), t('contractorCode'), t('fence')].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {onEdit && <td />}
          </tr>
        </thead>
        <tbody>
          {sections.map((one) => (
            <tr key={one.id}>
              <td class="number">{one.code}</td>
              <td>{one.name}</td>
              <td>{one.contractor}</td>
              <td class="number">{one.contractorCode}</td>
              <td>
                <FenceOf of={one} />
              </td>
              {onEdit && (
                <td>
                  <button type="button" class="button plain" onClick={() => onEdit(one)}>
                    {site('edit')}
                    <span class="unseen"> {one.name}</span>
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EditProject({ of, onClose }: { of: Project; onClose: () => void }) {
  const [typed, set, forget] = useDraft(`project.${of.id}`, typedProject(of));
  const task = useTask(async () => {
    await patch(`/v1/projects/${of.id}`, bodyOf(typed) satisfies ChangeProject);
    forget();
    await loadProjects();
    tell(shell('saved'));
    onClose();
  });
  return (
    <Dialog title={site('edit')} onClose={onClose} wide>
      <Form task={task} does={shell('save')} aside={<Cancel onClose={onClose} />}>
        <ProjectInputs value={typed} onChange={set} />
      </Form>
    </Dialog>
  );
}

const BLANK = { name: '', code: '', contractor: '', contractorCode: '' };

function EditSection(props: { project: string; of: Section | undefined; onClose: () => void }) {
  const { of, onClose } = props;
  const [typed, set, forget] = useDraft(
    `section.${of?.id ?? props.project}`,
    of ? { ...BLANK, ...of, contractorCode: of.contractorCode ?? '' } : BLANK,
  );
  const change = (some: Partial<typeof BLANK>) => set({ ...typed, ...some });
  const task = useTask(async () => {
    const { name, code, contractor, contractorCode } = typed;
    const body: NewSection = { name, code, contractor, ...(contractorCode ? { contractorCode } : {}) };
    await (of
      ? patch(`/v1/sections/${of.id}`, body satisfies ChangeSection)
      : post(`/v1/projects/${props.project}/sections`, body));
    forget();
    await loadProjects();
    tell(shell('saved'));
    onClose();
  });
  return (
    <Dialog title={t(of ? 'editSection' : 'newSection')} onClose={onClose}>
      <Form task={task} does={shell('save')} aside={<Cancel onClose={onClose} />}>
        <Input label={t('sectionCode')} value={typed.code} onChange={(code) => change({ code })} maxLength={100} />
        <Input label={t('section')} value={typed.name} onChange={(name) => change({ name })} maxLength={100} />
        <Input
          label={t('contractor')}
          value={typed.contractor}
          onChange={(contractor) => change({ contractor })}
          maxLength={100}
        />
        <Input
          label={t('contractorCode')}
          hint={t('contractorCodeHint')}
          optional
          value={typed.contractorCode}
          onChange={(contractorCode) => change({ contractorCode: contractorCode.trim().toUpperCase() })}
          maxLength={18}
        />
      </Form>
    </Dialog>
  );
}

function Cancel({ onClose }: { onClose: () => void }) {
  return (
    <button type="button" class="button" onClick={onClose}>
      {shell('cancel')}
    </button>
  );
}
