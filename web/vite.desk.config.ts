import { defineConfig } from 'vite';
import { here, ROOMS, TARGET } from './vite.rooms.ts';

// The desk: served at /desk. It needs the network, so that it has no service worker, and each page is a file of its own.
export default defineConfig({
  root: here('desk'),
  base: '/desk/',
  resolve: ROOMS,
  build: { target: TARGET, outDir: here('dist/desk'), emptyOutDir: true },
});
