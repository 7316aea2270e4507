import { Notice } from '@shared/ui/parts';
import { sayFor, sayMoment } from '@shared/words/when';
import { usePhone, useStatus } from '../live';
import { t } from '../sentences';

/** From here on a wrong clock is worth a word. */
const WRONG_MS = 5 * 60_000;

/** This phone's clock is wrong, by how much the last exchange measured, and what the proposed days go by instead. */
export function ClockNotice() {
  const phone = usePhone();
  const { clockOffsetMs = 0 } = useStatus();
  if (Math.abs(clockOffsetMs) < WRONG_MS) return null;
  return (
    <Notice
      tone="warn"
      icon="wait"
      title={t(clockOffsetMs > 0 ? 'clock.slow' : 'clock.fast', { by: sayFor(Math.abs(clockOffsetMs)) })}
    >
      <p class="small">{t('clock.text', { at: sayMoment(phone.now().getTime()) })}</p>
    </Notice>
  );
}
