import type { FormDefinition } from '@contract/generated/contract';
import { labelled } from '@shared/words/i18n';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Flag } from '../check';
import { fieldsOf, repeatsOf } from '../definition';
import { t } from './sentences';

/** A question over the screen, at the thumb: the browser's own dialog, so that the rest is out of reach. */
function Sheet({ title, children, onCancel }: { title: string; children: ComponentChildren; onCancel: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="sheet" ref={dialog} aria-label={title} onCancel={onCancel}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

export function Ask(props: { title: string; yes: string; danger?: boolean; onYes: () => void; onCancel: () => void }) {
  return (
    <Sheet title={props.title} onCancel={props.onCancel}>
      <div class="row">
        <button type="button" class="button" onClick={props.onCancel}>
          {t('cancel')}
        </button>
        <button type="button" class={`button ${props.danger ? 'danger' : 'primary'}`} onClick={props.onYes}>
          {props.yes}
        </button>
      </div>
    </Sheet>
  );
}

/** Few enough to read at a glance. */
const NAMED = 5;

/** What is missing or wrong before a report goes out. It is told, and never stands in the way. */
export function Missing(props: {
  flags: readonly Flag[];
  form: FormDefinition;
  sign: boolean;
  onShow: () => void;
  onDone: () => void;
  onCancel: () => void;
}) {
  const { flags, form, sign } = props;
  const count = flags.length;
  const names = [...new Set(flags.map((flag) => nameOf(form, flag.path)))];
  return (
    <Sheet title={count ? t('missing.title', { count }) : t('sign.title')} onCancel={props.onCancel}>
      {count > 0 && <p>{names.slice(0, NAMED).join('、') + (names.length > NAMED ? '…' : '')}</p>}
      <p class="quiet">{t(sign ? 'sign.text' : 'missing.text')}</p>
      <div class="row">
        <button type="button" class="button" onClick={count ? props.onShow : props.onCancel}>
          {t(count ? 'missing.go' : 'cancel')}
        </button>
        <button type="button" class={count ? 'button' : 'button primary'} onClick={props.onDone}>
          {t(count === 0 ? 'sign.do' : sign ? 'missing.anyway.sign' : 'missing.anyway')}
        </button>
      </div>
    </Sheet>
  );
}

function nameOf(form: FormDefinition, path: string): string {
  const [, name = '', , column] = path.split('/');
  const repeat = repeatsOf(form).find((one) => one.name === name);
  const field = (repeat?.fields ?? fieldsOf(form)).find((one) => one.name === (column ?? name));
  return labelled(field?.label ?? repeat?.label) || name;
}

const REASONS = ['amend.slip', 'amend.quantity', 'amend.missing'] as const;

/** Why a signed report is amended: one tap for what it mostly is, else words. */
export function Amend({ onGo, onCancel }: { onGo: (reason: string) => void; onCancel: () => void }) {
  const [reason, say] = useState('');
  return (
    <Sheet title={t('amend.title')} onCancel={onCancel}>
      <fieldset class="options" aria-label={t('amend.title')}>
        {REASONS.map((key) => (
          <button key={key} type="button" class="option" aria-pressed={reason === t(key)} onClick={() => say(t(key))}>
            {t(key)}
          </button>
        ))}
      </fieldset>
      <div class="field">
        <label for="amend-reason">{t('amend.other')}</label>
        <input
          id="amend-reason"
          type="text"
          maxLength={200}
          value={reason}
          onInput={(event) => say(event.currentTarget.value)}
        />
      </div>
      <div class="row">
        <button type="button" class="button" onClick={onCancel}>
          {t('cancel')}
        </button>
        <button
          type="button"
          class="button primary"
          disabled={reason.trim() === ''}
          onClick={() => onGo(reason.trim())}
        >
          {t('amend.go')}
        </button>
      </div>
    </Sheet>
  );
}
