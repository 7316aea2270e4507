import { signal } from '@preact/signals';

/** Whether the phone believes to have a network. It is often wrong about yes, hardly ever about no. */
export const online = signal(globalThis.navigator?.onLine ?? true);

addEventListener('online', () => {
  online.value = true;
});
addEventListener('offline', () => {
  online.value = false;
});
