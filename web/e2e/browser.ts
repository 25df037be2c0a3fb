import type { PlaywrightTestOptions, PlaywrightWorkerOptions } from '@playwright/test'

/** Chromium without what it would ask for outside of this machine. */
export const browser: Partial<PlaywrightTestOptions & PlaywrightWorkerOptions> = {
  viewport: { width: 1440, height: 900 },
  // What fades in is looked at once it is there.
  contextOptions: { reducedMotion: 'reduce' },
  trace: 'retain-on-failure',
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
}
