import { defineConfig } from '@playwright/test'

import { browser } from './e2e/browser'

/** The app in a browser, against a program with its sandbox: `cargo xtask web browser`. */
export default defineConfig({
  testDir: './e2e',
  testMatch: '*.e2e.ts',
  outputDir: '../target/browser',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: browser,
})
