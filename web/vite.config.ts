import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

import { precompress } from './build/precompress.ts'

const server = process.env.HANDOFF_URL ?? 'http://127.0.0.1:8080'

// An object, so that the server sees the address of the page: it compares origins.
const proxy = { target: server }

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  plugins: [react(), precompress()],
  resolve: {
    alias: { '~mock': folder('./mock'), '~test': folder('./test'), '~': folder('./src') },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: { '/v1': proxy, '/_sandbox': proxy, '/openapi.json': proxy, '/docs': proxy },
  },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler|react-router)\// },
            {
              name: 'charts',
              test: /node_modules\/(recharts|d3-|victory-vendor|@mantine\/charts)/,
            },
            { name: 'diagrams', test: /node_modules\/@xyflow\// },
            { name: 'editor', test: /node_modules\/(@codemirror|@lezer)\// },
            { name: 'dates', test: /node_modules\/(dayjs|@mantine\/dates)\// },
            // Without what only lists and long texts need: it would come along to sign in.
            { name: 'ui', test: /\/src\/(api|lib|ui)\/(?!FilterBar|Json|markdown\/)/ },
          ],
        },
      },
    },
  },
  test: {
    environment: './test/environment.ts',
    setupFiles: ['./test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: false,
    testTimeout: 30_000,
  },
})
