import { useState } from 'preact/hooks';
import { signIn, signOut } from './api';
import { expired, session } from './session';
import { codeOf } from './trouble';
import { Dialog } from './ui/dialog';
import { Form, Input } from './ui/fields';
import { Page } from './ui/page';
import { useTask } from './ui/tasks';
import { t } from './words';

/** The page where nobody is signed in. */
export function SignInPage() {
  return (
    <main class="sign-in">
      <p class="brand">
        {t('app.name')} <span class="quiet">{t('app.desk')}</span>
      </p>
      <Page title={t('signIn.title')}>
        <SignIn />
      </Page>
    </main>
  );
}

/** Over the page when the session has ended: the same person signs in again, and the page goes on. */
export function SignInAgain() {
  if (!expired.value) return null;
  return (
    <Dialog title={t('signIn.over')}>
      <p>{t('signIn.overText')}</p>
      <SignIn login={session.value?.login ?? ''} />
      <button type="button" class="button plain" onClick={() => void signOut()}>
        {t('signIn.other')}
      </button>
    </Dialog>
  );
}

function SignIn({ login: known }: { login?: string }) {
  const [login, setLogin] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState<string>();
  const task = useTask(async () => {
    try {
      await signIn({ login, password, ...(totp ? { totp } : {}) });
    } catch (error) {
      if (codeOf(error) !== 'identity.totp_required' || totp) throw error;
      setTotp('');
    }
  });
  return (
    <Form task={task} does={t('signIn.do')}>
      <Input
        label={t('signIn.login')}
        value={login}
        onChange={setLogin}
        autocomplete="username"
        maxLength={64}
        readOnly={known !== undefined}
        autofocus={known === undefined}
      />
      <Input
        label={t('signIn.password')}
        type="password"
        value={password}
        onChange={setPassword}
        autocomplete="current-password"
        maxLength={256}
        autofocus={known !== undefined}
      />
      {totp !== undefined && (
        <Input
          label={t('signIn.totp')}
          hint={t('signIn.totpHint')}
          value={totp}
          onChange={setTotp}
          autocomplete="one-time-code"
          inputMode="numeric"
          pattern="[0-9]{6}"
          maxLength={6}
          autofocus
        />
      )}
    </Form>
  );
}
