import { signal } from '@preact/signals';
import { stopwatch } from '@shared/device/elapsed';
import { Lock } from './lock';

/** Whether the app is locked now. What is open stays as it is behind the lock, and sending goes on. */
export const locked = signal(false);
export const lock = new Lock();

/** Away for longer than this, and the app asks again. */
const AWAY_MS = 3 * 60 * 1000;

/** Lock at the start, and after the app was in the background for a while. */
export function guard(): void {
  locked.value = lock.isSet;
  let away: (() => number) | undefined;
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') away = stopwatch();
    else if (lock.isSet && away && away() > AWAY_MS) locked.value = true;
  });
}
