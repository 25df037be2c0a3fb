import { expect, type Page } from '@playwright/test'

import { seriousViolations } from './accessibility'
import { fill, receive } from './agency'
import { test as plain } from './fixtures'
import { DIALOGS, doorsOf, pagesOf, type Shown } from './pages'
import { enter, type Program, start } from './program'

/** Where people are all day; the others differ from these in words, not in colours. */
const DAILY =
  /^(today|pipeline|client|clients|leads|projects|invoices|flows|flow|runs|run|tasks|webhooks|connections|alerts|settings|members|account)$/

/** Every page, with an agency in the middle of its work on it. */
const test = plain.extend<object, { pages: readonly Shown[] }>({
  program: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures here
    async ({}, use) => {
      const { server, host } = await receive()
      const program = await start({ HANDOFF_ALLOWED_PRIVATE_HOSTS: host })
      await fill(program, host)
      await use(program)
      await program.stop()
      server.close()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  pages: [async ({ program }, use) => use(await pagesOf(program)), { scope: 'worker' }],
})

/** Shows a page, or what opens on it. */
async function show(page: Page, program: Program, { path, act }: Shown) {
  await page.goto('about:blank')
  await page.goto(`${program.url}${path}`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root'))
  await act?.(page)
}

for (const scheme of ['light', 'dark'] as const) {
  test(`no page has a serious fault for people with disabilities (${scheme})`, async ({
    page,
    program,
    pages,
  }) => {
    test.setTimeout(900_000)
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    const faults: string[] = []
    const look = async (shown: Shown) => {
      await show(page, program, shown)
      for (const fault of await seriousViolations(page)) faults.push(`${shown.name} ${fault}`)
    }
    if (scheme === 'light') for (const door of await doorsOf(program)) await look(door)
    await enter(page, program)
    const inside = [...pages, ...DIALOGS]
    for (const shown of inside) if (scheme === 'light' || DAILY.test(shown.name)) await look(shown)
    expect(faults).toEqual([])
  })
}

test('every page fits a phone', async ({ page, program, pages }) => {
  test.setTimeout(600_000)
  await page.setViewportSize({ width: 390, height: 844 })
  await enter(page, program)
  const wide: string[] = []
  for (const shown of pages) {
    await show(page, program, shown)
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    )
    if (overflow > 0) wide.push(`${shown.name} by ${overflow} px`)
  }
  expect(wide).toEqual([])
})
