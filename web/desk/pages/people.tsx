import type { NewPerson, People as PeoplePage, Person } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { useDraft } from '../drafts';
import { sayScope } from '../projects';
import { go, to } from '../router';
import { tell } from '../toast';
import { Dialog } from '../ui/dialog';
import { Form, Input } from '../ui/fields';
import { List, useList } from '../ui/list';
import { Page } from '../ui/page';
import { useTask } from '../ui/tasks';
import { t as shell } from '../words';
import { sayRole } from './account';

const t = sentences({
  title: ['人员', 'People'],
  new: ['添加人员', 'Add a person'],
  name: ['姓名', 'Name'],
  login: ['登录名', 'Login'],
  loginHint: ['字母、数字和 . _ @ -,至少 3 个', 'Letters, digits and . _ @ -, three at least'],
  password: ['初始密码', 'First password'],
  passwordHint: [
    '至少 10 位,含三类字符;只用手机的人也需要',
    'At least 10 characters, of three kinds; needed by who uses a phone alone too',
  ],
  roles: ['权限', 'Roles'],
  totp: ['动态口令', 'One-time codes'],
  on: ['已启用', 'In use'],
  nothing: ['还没有权限', 'No role yet'],
  everywhere: ['全系统', 'Whole system'],
  made: ['已添加 {name},请授予权限', '{name} was added; now grant a role'],
});

/** Everyone with a login. Administrators only. */
export default function People() {
  const [adding, add] = useState(false);
  const listing = useList(async (after) => {
    const page = await get<PeoplePage>('/v1/persons', { after });
    return { rows: page.persons, next: page.next ?? '' };
  }, []);
  return (
    <Page
      title={t('title')}
      actions={
        <button type="button" class="button primary" onClick={() => add(true)}>
          {t('new')}
        </button>
      }
    >
      <List
        of={listing}
        label={t('title')}
        columns={[
          { name: t('name'), cell: (one) => one.name },
          { name: t('login'), cell: (one) => one.login },
          { name: t('roles'), cell: (one) => <Roles of={one} /> },
          { name: t('totp'), cell: (one) => (one.totp ? t('on') : '–') },
        ]}
        id={(one) => one.id}
        href={(one) => to(`/people/${one.id}`)}
      />
      {adding && <NewOne onClose={() => add(false)} />}
    </Page>
  );
}

function Roles({ of }: { of: Person }) {
  const grants = of.grants ?? [];
  if (grants.length === 0) return <span class="quiet">{t('nothing')}</span>;
  return (
    <>
      {grants
        .map(({ role, scope }) => `${sayRole(role)} · ${scope === 'system' ? t('everywhere') : sayScope(scope)}`)
        .join(';')}
    </>
  );
}

/** What is typed but for the password, which is kept nowhere. */
const BLANK = { name: '', login: '' };

function NewOne({ onClose }: { onClose: () => void }) {
  const [typed, set, forget] = useDraft('person.new', BLANK);
  const [password, setPassword] = useState('');
  const task = useTask(async () => {
    const made = await post<Person>('/v1/persons', { ...typed, password } satisfies NewPerson);
    forget();
    tell(t('made', { name: made.name }));
    go(to(`/people/${made.id}`));
  });
  return (
    <Dialog title={t('new')} onClose={onClose}>
      <Form
        task={task}
        does={t('new')}
        aside={
          <button type="button" class="button" onClick={onClose}>
            {shell('cancel')}
          </button>
        }
      >
        <Input label={t('name')} value={typed.name} onChange={(name) => set({ ...typed, name })} maxLength={100} />
        <Input
          label={t('login')}
          hint={t('loginHint')}
          value={typed.login}
          onChange={(login) => set({ ...typed, login: login.trim() })}
          autocomplete="off"
          maxLength={64}
        />
        <Input
          label={t('password')}
          hint={t('passwordHint')}
          type="password"
          value={password}
          onChange={setPassword}
          autocomplete="new-password"
        />
      </Form>
    </Dialog>
  );
}
