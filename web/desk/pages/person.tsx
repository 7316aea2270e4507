import type { ChangePerson, Grant, PasswordReset, People, Person, Phones, Role } from '@contract/generated/contract';
import { Refused } from '@shared/protocol/ports';
import { Badge } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { get, patch, post, put, remove } from '../api';
import { useDraft } from '../drafts';
import { projects, sayScope } from '../projects';
import { Enrolment } from '../site/enrolment';
import { PhoneTable } from '../site/phones';
import { t as site } from '../site/words';
import { tell } from '../toast';
import { Ask, Dialog } from '../ui/dialog';
import { Form, Input, Select } from '../ui/fields';
import { Awaited, Facts, Page, Trouble } from '../ui/page';
import { useLoaded, useTask } from '../ui/tasks';
import { t as shell } from '../words';
import { ROLES, sayRole } from './account';
import type { PageProps } from './row';

const t = sentences({
  title: ['人员', 'Person'],
  name: ['姓名', 'Name'],
  login: ['登录名', 'Login'],
  state: ['状态', 'State'],
  active: ['在用', 'In use'],
  disabled: ['已停用', 'Disabled'],
  disable: ['停用账号', 'Disable'],
  enable: ['恢复账号', 'Enable'],
  disableText: [
    '立即退出登录,不能再登录,手机随之停用;手机上还没上传的记录仍会收下,暂存待处理。权限保留,恢复后照旧。',
    'Sessions end at once, no new one begins, and their phones are revoked; what those have not sent is still taken and kept aside. Roles are kept for the day they are enabled again.',
  ],
  enableText: ['可重新登录;手机须重新启用。', 'They sign in again; phones have to be enrolled anew.'],
  totp: ['动态口令', 'One-time codes'],
  on: ['已启用', 'In use'],
  off: ['未启用', 'Not in use'],
  grants: ['权限', 'Roles'],
  noGrants: ['还没有权限:登录后什么也看不到。', 'No role yet: who signs in sees nothing.'],
  role: ['角色', 'Role'],
  scope: ['范围', 'Where'],
  everywhere: ['全系统', 'Whole system'],
  common: ['公共部分', 'common part'],
  grant: ['授予', 'Grant'],
  granted: ['已授予', 'Granted'],
  take: ['收回', 'Take back'],
  askTake: ['收回这项权限?', 'Take this role back?'],
  askTakeText: [
    '立即生效。其手机上该范围的内容会移除,还没上传的记录保留并照常上传,由桌面端处理。',
    'At once. What their phones hold of it is removed; records not sent yet are kept and sent, and are decided at the desk.',
  ],
  phones: ['手机', 'Phones'],
  enrol: ['启用手机', 'Enrol a phone'],
  password: ['重设密码', 'Reset the password'],
  passwordText: ['现有登录和动态口令随之失效。', 'Sessions and one-time codes end with the old one.'],
  new: ['新密码', 'New password'],
  newHint: ['至少 10 位,含三类字符', 'At least 10 characters, of three kinds'],
  reset: ['密码已重设', 'The password was reset'],
});

const PAGES = 100;

/** One person of the list: it is read from the start, which is the page that was just open. */
async function find(id: string): Promise<Person> {
  let after = '';
  for (let page = 0; page < PAGES; page++) {
    const { persons, next = '' } = await get<People>('/v1/persons', { after });
    const found = persons.find((one) => one.id === id);
    if (found) return found;
    after = next;
    if (!after) break;
  }
  throw new Refused(404, 'request.not_found');
}

/** One person: what they may do where, their phones, their password. */
export default function OnePerson({ params }: PageProps) {
  const id = params.id ?? '';
  const person = useLoaded(() => find(id), [id]);
  const [doing, start] = useState<'enrol' | 'password' | 'edit' | 'disable'>();
  const phones = useLoaded(async () => (await get<Phones>('/v1/phones', { person: id, limit: 200 })).phones, [id]);
  const found = person[0].value;
  const close = () => start(undefined);
  return (
    <Page
      title={found?.name ?? t('title')}
      actions={
        found && (
          <>
            <button type="button" class="button primary" onClick={() => start('enrol')}>
              {t('enrol')}
            </button>
            <button type="button" class="button" onClick={() => start('edit')}>
              {site('edit')}
            </button>
            <button type="button" class="button" onClick={() => start('password')}>
              {t('password')}
            </button>
            <button type="button" class="button" onClick={() => start('disable')}>
              {t(found.disabled ? 'enable' : 'disable')}
            </button>
          </>
        )
      }
    >
      <Awaited of={person}>
        {(one) => (
          <>
            <Facts
              rows={[
                [t('login'), one.login],
                [
                  t('state'),
                  one.disabled ? (
                    <Badge key="state" tone="warn">
                      {t('disabled')}
                    </Badge>
                  ) : (
                    t('active')
                  ),
                ],
                [t('totp'), t(one.totp ? 'on' : 'off')],
              ]}
            />
            <Grants of={one} onDone={person[1]} />
            <section class="section" aria-labelledby="phones">
              <h2 id="phones">{t('phones')}</h2>
              <Awaited of={phones}>{(found) => <PhoneTable of={found} onDone={phones[1]} />}</Awaited>
            </section>
            {doing === 'enrol' && (
              <Enrolment
                person={one.id}
                name={one.name}
                onClose={() => {
                  close();
                  phones[1]();
                }}
              />
            )}
            {doing === 'edit' && (
              <Edit
                of={one}
                onClose={() => {
                  close();
                  person[1]();
                }}
              />
            )}
            {doing === 'password' && <Reset of={one} onClose={close} />}
          </>
        )}
      </Awaited>
    </Page>
  );
}

const sayGrant = ({ role, scope }: Grant) =>
  `${sayRole(role)} · ${scope === 'system' ? t('everywhere') : sayScope(scope)}`;

/** Every place that a role can be granted in: projects with their sections, by name. */
function places(role: string): readonly (readonly [string, string])[] {
  if (role === 'admin') return [['system', t('everywhere')]];
  return projects.value.flatMap((one) => [
    [`project:${one.id}`, `${one.name} · ${t('common')}`] as const,
    ...(one.sections ?? []).map((section) => [`section:${section.id}`, `${one.name} · ${section.name}`] as const),
  ]);
}

function Grants({ of, onDone }: { of: Person; onDone: () => void }) {
  const [role, setRole] = useState<string>('contractor');
  const [wanted, want] = useState('');
  const [taking, take] = useState<Grant>();
  const offered = places(role);
  const scope = offered.some(([one]) => one === wanted) ? wanted : (offered[0]?.[0] ?? '');
  const grant = useTask(async () => {
    await put(`/v1/persons/${of.id}/grants/${role as Role}/${scope}`);
    tell(t('granted'));
    onDone();
  });
  const grants = of.grants ?? [];
  return (
    <section class="section" aria-labelledby="grants">
      <h2 id="grants">{t('grants')}</h2>
      {grants.length === 0 && <p class="quiet">{t('noGrants')}</p>}
      <ul class="rows">
        {grants.map((one) => (
          <li key={one.role + one.scope}>
            {sayGrant(one)}
            <button type="button" class="button plain" onClick={() => take(one)}>
              {t('take')}
              <span class="unseen"> {sayGrant(one)}</span>
            </button>
          </li>
        ))}
      </ul>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          void grant.run();
        }}
      >
        <Select
          label={t('role')}
          value={role}
          onChange={setRole}
          options={Object.keys(ROLES).map((one) => [one, sayRole(one)] as const)}
        />
        <Select label={t('scope')} value={scope} onChange={want} options={offered} />
        <button type="submit" class="button" disabled={grant.busy || !scope}>
          {t('grant')}
        </button>
      </form>
      <Trouble error={grant.error} />
      {taking && (
        <Ask
          title={t('askTake')}
          does={t('take')}
          onDo={async () => {
            await remove(`/v1/persons/${of.id}/grants/${taking.role}/${taking.scope}`);
            onDone();
          }}
          onClose={() => take(undefined)}
        >
          <p>
            <strong>{sayGrant(taking)}</strong>
          </p>
          <p>{t('askTakeText')}</p>
        </Ask>
      )}
    </section>
  );
}

function Edit({ of, onClose }: { of: Person; onClose: () => void }) {
  const [typed, set, forget] = useDraft(`person.${of.id}`, { name: of.name, login: of.login });
  const task = useTask(async () => {
    await patch(`/v1/persons/${of.id}`, typed satisfies ChangePerson);
    forget();
    tell(shell('saved'));
    onClose();
  });
  return (
    <Dialog title={site('edit')} onClose={onClose}>
      <Form
        task={task}
        does={shell('save')}
        aside={
          <button type="button" class="button" onClick={onClose}>
            {shell('cancel')}
          </button>
        }
      >
        <Input label={t('name')} value={typed.name} onChange={(name) => set({ ...typed, name })} maxLength={100} />
        <Input label={t('login')} value={typed.login} onChange={(login) => set({ ...typed, login })} maxLength={64} />
      </Form>
    </Dialog>
  );
}

function Reset({ of, onClose }: { of: Person; onClose: () => void }) {
  const [password, set] = useState('');
  const task = useTask(async () => {
    await post(`/v1/persons/${of.id}/password`, { password } satisfies PasswordReset);
    tell(t('reset'));
    onClose();
  });
  return (
    <Dialog title={t('password')} onClose={onClose}>
      <Form
        task={task}
        does={t('password')}
        aside={
          <button type="button" class="button" onClick={onClose}>
            {shell('cancel')}
          </button>
        }
      >
        <p>{t('passwordText')}</p>
        <Input
          label={t('new')}
          hint={t('newHint')}
          type="password"
          value={password}
          onChange={set}
          autocomplete="new-password"
          autofocus
        />
      </Form>
    </Dialog>
  );
}
