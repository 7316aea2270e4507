import { signal } from '@preact/signals';

/** A newer version of the app is on this phone and waits to be asked for: it never comes by itself. */
export const updateWaiting = signal(false);

let waiting: ServiceWorker | undefined;

/** Register the service worker, without which the app does not start offline. Absent outside secure contexts. */
export async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register('/app/sw.js', { scope: '/app/' });
    const look = () => {
      if (!registration.waiting || !navigator.serviceWorker.controller) return;
      waiting = registration.waiting;
      updateWaiting.value = true;
    };
    look();
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', look);
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && navigator.onLine) void registration.update().catch(() => {});
    });
  } catch {
    // No offline start then; everything else works. The settings screen says whether there is one.
  }
}

/** Take the newer version now: the page is loaded anew, once. */
export function takeUpdate(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting?.postMessage({ type: 'SKIP_WAITING' });
}
