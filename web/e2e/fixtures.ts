import { test as plain } from '@playwright/test'

import { type Program, start } from './program'

/** Tests of one file share a program with its sandbox, one journey done. */
export const test = plain.extend<object, { program: Program }>({
  program: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures here
    async ({}, use) => {
      const program = await start()
      await use(program)
      await program.stop()
    },
    { scope: 'worker' },
  ],
})
