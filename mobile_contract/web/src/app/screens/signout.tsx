import { useState } from 'preact/hooks';
import { CAPTURE_DRAFTS } from '../batch.ts';
import { sayFailure } from '../failure.ts';
import { useLive, usePhone, useStatus } from '../live.ts';
import { lock, locked } from '../locking.ts';
import { DRAFTS } from '../reports.ts';
import { t } from '../sentences.ts';
import { unsentOf } from '../trouble.ts';
import { Notice } from '../ui/parts.tsx';

/** Sign out: only when everything was delivered, and after a second press. Else it says what is not. */
export function SignOut() {
  const phone = usePhone();
  const status = useStatus();
  const [sure, setSure] = useState(false);
  const [failure, setFailure] = useState('');
  const drafts = useLive(async (from) => (await from.drafts()).filter(isWork).length) ?? 0;
  if (unsentOf(status) + drafts > 0) return <Unsent drafts={drafts} />;
  const leave = async () => {
    try {
      await phone.signOut();
      lock.remove();
      locked.value = false;
    } catch (error) {
      setFailure(sayFailure(error));
    }
  };
  return (
    <div class="stack">
      <p class="small quiet">{t('me.signOutText')}</p>
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

/** Drafts hold work; a list of what was put aside does not. */
function isWork(key: string): boolean {
  return CAPTURE_DRAFTS.includes(key) || key.startsWith(DRAFTS);
}

function Unsent({ drafts }: { drafts: number }) {
  const { queue, held, files } = useStatus();
  const lines = [
    queue.length > 0 && t('me.unsentOps', { n: queue.length }),
    held.length > 0 && t('me.unsentHeld', { n: held.length }),
    files.unsafe > 0 && t('me.unsentFiles', { n: files.unsafe }),
    drafts > 0 && t('me.unsentDrafts', { n: drafts }),
  ].filter((line) => line !== false);
  return (
    <Notice tone="warn" title={t('me.unsent')}>
      <ul class="lines">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p class="small">{t('me.unsentNext')}</p>
    </Notice>
  );
}
