import { Notice } from '@shared/ui/parts';
import { useState } from 'preact/hooks';
import { sayFailure } from '../failure';
import { useLive, usePhone, useStatus } from '../live';
import { lock, locked } from '../locking';
import { to } from '../router';
import { t } from '../sentences';
import { type Unsent, unsentIn } from '../unsent';

/**
 * Sign out: only when everything was delivered, and after a second press. Else it says what is not. Drafts keep one
 * from it too – but not a person who forgot the number of the lock (`locked`), and so cannot get at them any more.
 */
export function SignOut({ lockedOut = false }: { lockedOut?: boolean }) {
  const phone = usePhone();
  const status = useStatus();
  const [sure, setSure] = useState(false);
  const [failure, setFailure] = useState('');
  const unsent = useLive(unsentIn, [status]);
  if (!unsent) return null;
  const { ops, held, files, drafts } = unsent;
  if (ops + held + files > 0 || (drafts > 0 && !lockedOut)) return <StillHere unsent={unsent} />;
  const leave = async () => {
    try {
      await phone.signOut({ force: drafts > 0 });
      lock.remove();
      locked.value = false;
    } catch (error) {
      setFailure(sayFailure(error));
    }
  };
  return (
    <div class="stack">
      <p class="small quiet">{t('me.signOutText')}</p>
      {drafts > 0 && <Notice tone="bad">{t('me.draftsGo', { n: drafts })}</Notice>}
      {sure ? (
        <div class="row">
          <button type="button" class="button" onClick={() => setSure(false)}>
            {t('cancel')}
          </button>
          <button type="button" class="button danger" onClick={leave}>
            {t('me.signOutSure')}
          </button>
        </div>
      ) : (
        <button type="button" class="button danger" onClick={() => setSure(true)}>
          {t('me.signOut')}
        </button>
      )}
      {failure && (
        <Notice tone="bad" live>
          {failure}
        </Notice>
      )}
    </div>
  );
}

function StillHere({ unsent }: { unsent: Unsent }) {
  const { ops, held, files, drafts } = unsent;
  const lines = [
    ops > 0 && t('me.unsentOps', { n: ops }),
    held > 0 && t('me.unsentHeld', { n: held }),
    files > 0 && t('me.unsentFiles', { n: files }),
    drafts > 0 && t('me.unsentDrafts', { n: drafts }),
  ].filter((line) => line !== false);
  return (
    <Notice tone="warn" title={t('me.unsent')}>
      <ul class="lines">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {ops + held + files > 0 && (
        <p class="small">
          <a href={to('outbox')}>{t('me.unsentNext')}</a>
        </p>
      )}
      {drafts > 0 && <p class="small">{t('me.draftsNext')}</p>}
    </Notice>
  );
}
