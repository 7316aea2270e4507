/// <reference lib="webworker" />

import { listenForSync } from '@shared/protocol/background';
import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope;

// A new version waits until a person takes it (phone/update.ts); only the very first one takes charge by itself.
self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'SKIP_WAITING') void self.skipWaiting();
});
clientsClaim();

cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST);
listenForSync(self);

// Decoders are large and not every phone needs them: kept from their first use on. Their names change with their content.
const DECODERS = 'plumbline-decoders';
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.origin === self.location.origin && url.pathname.startsWith('/app/') && url.pathname.endsWith('.wasm')) {
    event.respondWith(decoder(event.request));
  }
});

async function decoder(request: Request): Promise<Response> {
  const cache = await caches.open(DECODERS);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fetched = await fetch(request);
  if (fetched.ok) {
    for (const old of await cache.keys()) await cache.delete(old);
    await cache.put(request, fetched.clone());
  }
  return fetched;
}
