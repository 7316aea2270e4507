import { useState } from 'preact/hooks';
import { Dialog } from '../ui/dialog';
import { t } from './words';

const KEYS = [
  ['Enter', 'keys.enter'],
  ['Ctrl+Enter', 'keys.all'],
  ['Shift+Enter · ↑', 'keys.back'],
  ['F2', 'keys.why'],
  ['Alt+1 … 9', 'keys.candidate'],
  ['Esc', 'keys.restore'],
  ['Alt+= · Alt+- · Alt+0 · Alt+R', 'keys.picture'],
  ['PageUp · PageDown', 'keys.page'],
  ['F8', 'keys.skip'],
  ['F9', 'keys.reject'],
] as const;

/** What the keys do, behind a button. */
export function Keys() {
  const [open, show] = useState(false);
  return (
    <>
      <button type="button" class="button plain" onClick={() => show(true)}>
        {t('keys.title')}
      </button>
      {open && (
        <Dialog title={t('keys.title')} onClose={() => show(false)}>
          <dl class="facts keys">
            {KEYS.map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{t(what)}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </>
  );
}
