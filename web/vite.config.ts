import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';
import { here, ROOMS, TARGET } from './vite.rooms.ts';

// The server serves what is built here at /app, from its own origin: no other host is ever asked.
export default defineConfig({
  root: here('phone'),
  base: '/app/',
  resolve: ROOMS,
  // When this was built: what a person names as the version of the app on a phone.
  define: { __BUILT__: JSON.stringify(new Date().toISOString().slice(0, 16).replace('T', ' ')) },
  build: { target: TARGET, outDir: here('dist/phone'), emptyOutDir: true },
  plugins: [
    VitePWA({
      strategies: 'injectManifest',
      srcDir: '.',
      filename: 'sw.ts',
      registerType: 'prompt',
      injectRegister: false,
      injectManifest: {
        // Not the decoders (wasm): phone/sw.ts keeps them from their first use on.
        globPatterns: ['**/*.{js,css,html,svg,png,json}'],
        maximumFileSizeToCacheInBytes: 4 << 20,
      },
      manifest: {
        id: '/app/',
        name: '铅垂 Plumbline',
        short_name: '铅垂',
        lang: 'zh-CN',
        start_url: '/app/',
        scope: '/app/',
        display: 'standalone',
        description: '工地日志、照片、打卡、扫描:离线也能填,联网后不丢',
        background_color: '#f3f4f0',
        theme_color: '#f3f4f0',
        // Drawn in phone/public/icons/*.svg; the PNGs are those, rendered by Chromium at their size.
        icons: [
          { src: 'icons/plumb-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icons/plumb-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icons/plumb-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: 'icons/plumb.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
    }),
  ],
  test: { root: here('.'), include: ['tests/**/*.test.ts'] },
});
