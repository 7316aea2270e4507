import { Icon } from '@shared/ui/icon';
import { Notice, Screen } from '@shared/ui/parts';
import { useState } from 'preact/hooks';
import { PIN } from '../lock';
import { lock, locked } from '../locking';
import { t } from '../sentences';
import { SignOut } from './signout';

/** Asks for the number before anything is shown. */
export function LockScreen() {
  const [pin, setPin] = useState('');
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const [forgot, setForgot] = useState(false);
  const open = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const tried = await lock.open(pin);
    setBusy(false);
    setPin('');
    if (tried.opened) locked.value = false;
    else setWrong(tried.waitSeconds > 0 ? t('lock.wait', { n: tried.waitSeconds }) : t('lock.wrong'));
  };
  return (
    <Screen title={t('lock.title')} bare>
      <img class="emblem" src={`${import.meta.env.BASE_URL}icons/plumb.svg`} alt="" width={96} height={96} />
      <form class="stack" onSubmit={open}>
        <PinField id="pin" label={t('lock.pin')} value={pin} wrong={wrong} onChange={setPin} />
        <button type="submit" class="button primary wide tall" disabled={busy || !PIN.test(pin)}>
          <Icon name="lock" />
          {t('lock.open')}
        </button>
      </form>
      <p class="quiet small">{t('lock.sending')}</p>
      {forgot ? (
        <>
          <Notice tone="warn">{t('lock.forgotText')}</Notice>
          <SignOut lockedOut />
        </>
      ) : (
        <button type="button" class="button plain" onClick={() => setForgot(true)}>
          {t('lock.forgot')}
        </button>
      )}
    </Screen>
  );
}

function PinField(props: {
  id: string;
  label: string;
  value: string;
  wrong: string;
  onChange: (value: string) => void;
}) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <input
        id={props.id}
        class="code"
        type="password"
        inputMode="numeric"
        autocomplete="off"
        maxLength={12}
        value={props.value}
        aria-invalid={props.wrong !== ''}
        aria-describedby={`${props.id}-said`}
        onInput={(event) => props.onChange(event.currentTarget.value.replace(/\D/g, ''))}
      />
      <span id={`${props.id}-said`} class={props.wrong ? 'wrong' : 'hint'} role="status">
        {props.wrong || t('lock.pinHint')}
      </span>
    </div>
  );
}

/** Set a number, or another one. */
export function LockForm({ onDone }: { onDone: () => void }) {
  const [pin, setPin] = useState('');
  const [twice, setTwice] = useState('');
  const differ = twice !== '' && twice !== pin && twice.length >= pin.length;
  const save = async (event: Event) => {
    event.preventDefault();
    await lock.set(pin);
    onDone();
  };
  return (
    <form class="stack" onSubmit={save}>
      <PinField id="new-pin" label={t('lock.pin')} value={pin} wrong="" onChange={setPin} />
      <PinField
        id="twice"
        label={t('lock.twice')}
        value={twice}
        wrong={differ ? t('lock.differ') : ''}
        onChange={setTwice}
      />
      <div class="row">
        <button type="button" class="button" onClick={onDone}>
          {t('cancel')}
        </button>
        <button type="submit" class="button primary" disabled={!PIN.test(pin) || pin !== twice}>
          {t('lock.save')}
        </button>
      </div>
    </form>
  );
}
