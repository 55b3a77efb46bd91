// Builds the dashboard into dist/, to be served under /app/ by the metel binary.
// Nothing is inlined (no data: fonts, no inline script or style), so the page works under a strict
// Content-Security-Policy.
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Preloads the font part that holds Latin letters and digits: every page needs it at once. */
function preloadLatin(): Plugin {
  return {
    name: 'metel-preload-latin',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const file = Object.keys(bundle ?? {}).find((name) => /PretendardVariable\.subset\.91-.*\.woff2$/.test(name));
        if (!file) return [];
        return [{
          tag: 'link',
          attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `/app/${file}`, crossorigin: true },
          injectTo: 'head',
        }];
      },
    },
  };
}

const server = process.env.METEL_DEV_SERVER ?? 'http://127.0.0.1:7171';

export default defineConfig({
  base: '/app/',
  plugins: [react(), tailwindcss(), preloadLatin()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /node_modules\/(react|react-dom|scheduler|zustand|@tanstack)\//, priority: 2 },
            { name: 'shared', test: /src\/(parts|words|api|generated)\/|node_modules\/lucide-react\//, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/v1': { target: server, ws: true },
      '/ws': { target: server, ws: true },
      '/health': server,
    },
  },
  test: { environment: 'happy-dom', include: ['test/**/*.test.{ts,tsx}'] },
} as import('vitest/config').ViteUserConfig);
