import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';

// The server serves what is built here at /app, from its own origin: no other host is ever asked.
export default defineConfig({
  base: '/app/',
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true },
  plugins: [
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      registerType: 'prompt',
      injectRegister: false,
      injectManifest: {
        globPatterns: ['**/*.{js,css,html,svg,png,wasm,json}'],
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
        background_color: '#ffffff',
        theme_color: '#14609f',
        icons: [],
      },
    }),
  ],
  test: { include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'] },
});
