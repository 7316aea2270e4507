/** Background Sync: where the browser has it, the service worker finishes what a closed page began. */
import { Engine } from './engine';
import { assemble } from './parts';

interface SyncEvent extends Event {
  readonly tag: string;
  waitUntil(work: Promise<unknown>): void;
}

interface WithSync extends ServiceWorkerRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
}

/** Ask for a run in the service worker once there is a network, even if no page is open by then. */
export async function requestSync(name: string): Promise<void> {
  try {
    const registration = (await globalThis.navigator?.serviceWorker?.getRegistration()) as WithSync | undefined;
    await registration?.sync?.register(name);
  } catch {} // not granted: the page does it when it is open
}

/** In the service worker: run the same exchange under the same lock. A rejection has the browser try again later. */
export function listenForSync(worker: EventTarget, name = 'plumbline'): void {
  worker.addEventListener('sync', (event) => {
    const sync = event as SyncEvent;
    if (sync.tag === name) sync.waitUntil(runOnce(name));
  });
}

async function runOnce(name: string): Promise<void> {
  const parts = assemble({ name });
  try {
    await new Engine(parts).finish();
  } finally {
    parts.hub.close();
    await parts.storage.close();
  }
}
