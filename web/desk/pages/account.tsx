import type { NewTotp, PasswordChange, TotpProof, TotpSetup } from '@contract/generated/contract';
import { type Sentence, say, sentences } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { post } from '../api';
import { me } from '../me';
import { sayScope } from '../projects';
import { expired } from '../session';
import { tell } from '../toast';
import { Form, Input } from '../ui/fields';
import { Facts, Page } from '../ui/page';
import { useTask } from '../ui/tasks';

const t = sentences({
  title: ['账号', 'Account'],
  name: ['姓名', 'Name'],
  roles: ['权限', 'Roles'],
  everywhere: ['全系统', 'Whole system'],
  password: ['修改密码', 'Change the password'],
  old: ['现在的密码', 'Password now'],
  new: ['新密码', 'New password'],
  newHint: ['至少 10 位,含三类字符', 'At least 10 characters, of three kinds'],
  change: ['修改', 'Change'],
  changed: ['密码已修改,请用新密码登录', 'The password was changed; sign in with the new one'],
  totp: ['动态口令', 'One-time codes'],
  totpText: [
    '登录时除密码外还要输入验证器应用上的六位数字。',
    'Signing in then asks for the six digits of an authenticator app besides the password.',
  ],
  begin: ['开始设置', 'Set up'],
  secret: ['把这个密钥加入验证器应用', 'Add this secret to the authenticator app'],
  code: ['应用上显示的六位数字', 'The six digits the app shows'],
  prove: ['启用', 'Put in force'],
  proved: ['动态口令已启用', 'One-time codes are in force'],
});

/** Roles as people call them. */
export const ROLES: Readonly<Record<string, Sentence>> = {
  admin: ['管理员', 'Administrator'],
  inspector: ['质检员', 'Inspector'],
  contractor: ['施工单位', 'Contractor'],
  clerk: ['资料员', 'Clerk'],
  supervisor: ['监理', 'Supervisor'],
  finance: ['财务', 'Finance'],
  leader: ['领导', 'Leader'],
  auditor: ['审计', 'Auditor'],
};

export const sayRole = (role: string): string => say(ROLES[role] ?? [role, role]);

/** Who one is, what one may do where, and one's password. */
export default function Account() {
  const grants = me.value?.grants ?? [];
  return (
    <Page title={t('title')}>
      <Facts
        rows={[
          [t('name'), me.value?.name],
          [
            t('roles'),
            <ul key="roles">
              {grants.map(({ role, scope }) => (
                <li key={role + scope}>
                  {sayRole(role)} · {scope === 'system' ? t('everywhere') : sayScope(scope)}
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
      <NewPassword />
      <OneTimeCodes />
    </Page>
  );
}

function NewPassword() {
  const [old, setOld] = useState('');
  const [wanted, want] = useState('');
  const task = useTask(async () => {
    await post('/v1/me/password', { old, new: wanted } satisfies PasswordChange);
    tell(t('changed'));
    expired.value = true; // the server ends the sessions of the old password
  });
  return (
    <section class="card" aria-labelledby="password">
      <h2 id="password">{t('password')}</h2>
      <Form task={task} does={t('change')}>
        <Input label={t('old')} type="password" value={old} onChange={setOld} autocomplete="current-password" />
        <Input
          label={t('new')}
          hint={t('newHint')}
          type="password"
          value={wanted}
          onChange={want}
          autocomplete="new-password"
        />
      </Form>
    </section>
  );
}

function OneTimeCodes() {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [setup, show] = useState<TotpSetup>();
  const begin = useTask(async () => show(await post<TotpSetup>('/v1/me/totp', { password } satisfies NewTotp)));
  const prove = useTask(async () => {
    await post('/v1/me/totp/proof', { code } satisfies TotpProof);
    show(undefined);
    tell(t('proved'));
  });
  return (
    <section class="card" aria-labelledby="totp">
      <h2 id="totp">{t('totp')}</h2>
      <p class="quiet">{t('totpText')}</p>
      {setup ? (
        <Form task={prove} does={t('prove')}>
          <p>{t('secret')}</p>
          <code class="secret">{setup.secret}</code>
          <Input label={t('code')} value={code} onChange={setCode} inputMode="numeric" maxLength={6} />
        </Form>
      ) : (
        <Form task={begin} does={t('begin')}>
          <Input
            label={t('old')}
            type="password"
            value={password}
            onChange={setPassword}
            autocomplete="current-password"
          />
        </Form>
      )}
    </section>
  );
}
