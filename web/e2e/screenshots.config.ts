import { defineConfig } from '@playwright/test'

import { browser } from './browser'

/** A picture of every page: `cargo xtask screenshots`. */
export default defineConfig({
  testDir: '.',
  testMatch: 'screenshots.ts',
  outputDir: '../../target/browser',
  workers: 1,
  timeout: 1_800_000,
  reporter: [['list']],
  use: { ...browser, actionTimeout: 20_000 },
})
