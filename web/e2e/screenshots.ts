import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Page, test } from '@playwright/test'

import { fill, receive } from './agency'
import { DIALOGS, doorsOf, pagesOf, type Shown } from './pages'
import { enter, type Program, start } from './program'

const WIDTHS = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }

/** A page longer than so many screens is cut. */
const SCREENS_MAX = 3

/** Every page, at both widths and in both schemes, into the folder that SCREENSHOTS names. */
test('screenshots', async ({ browser }) => {
  const folder = process.env.SCREENSHOTS ?? 'target/screenshots'
  const wanted = new RegExp(process.env.SCREENSHOTS_OF || '.')
  await mkdir(folder, { recursive: true })
  const { server, host } = await receive()
  const program = await start({
    HANDOFF_ALLOWED_PRIVATE_HOSTS: host,
    HANDOFF_OIDC_ISSUER: `http://${host}`,
    HANDOFF_OIDC_CLIENT_ID: 'handoff',
    HANDOFF_OIDC_CLIENT_SECRET: 'of the pictures',
    HANDOFF_OIDC_NAME: 'Agency ID',
  })
  try {
    await fill(program, host)
    const doors = await doorsOf(program)
    const pages = [...(await pagesOf(program)), ...DIALOGS]
    for (const [width, viewport] of Object.entries(WIDTHS)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const fileOf = ({ name }: Shown) => `${name}-${width}-${colorScheme}.png`
        const isWanted = (shown: Shown) => wanted.test(fileOf(shown))
        const take = (page: Page, shown: Shown) =>
          picture(page, join(folder, fileOf(shown)), shown.act === undefined)
        const context = await browser.newContext({ viewport, colorScheme })
        const page = await context.newPage()
        await each(program, page, doors.filter(isWanted), take)
        await enter(page, program)
        await each(program, page, pages.filter(isWanted), take)
        await context.close()
      }
    }
  } finally {
    await program.stop()
    server.close()
  }
})

/** Goes to each, does what is to be done there, and waits until nothing is read any more. */
async function each(
  program: Program,
  page: Page,
  pages: readonly Shown[],
  take: (page: Page, shown: Shown) => Promise<unknown>,
) {
  for (const shown of pages) {
    // Away first: an address that differs in its last part alone would not be loaded.
    await page.goto('about:blank')
    await page.goto(`${program.url}${shown.path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await quiet(page)
    if (shown.act) {
      await shown.act(page).catch((error) => {
        throw new Error(`${shown.name}: ${error}`)
      })
      await quiet(page)
    }
    await take(page, shown)
  }
}

/** Until neither a skeleton nor a spinner is there, and what moves came to rest. */
async function quiet(page: Page) {
  await page.waitForFunction(
    () => !document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root'),
  )
  await page.waitForTimeout(400)
}

/** Of the whole page, or of what a screen shows of it: what opens over a page is as large as that. */
async function picture(page: Page, path: string, isWhole: boolean) {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  const long = await page.evaluate(() => document.documentElement.scrollHeight)
  const clip = { x: 0, y: 0, width, height: Math.min(long, SCREENS_MAX * height) }
  await page.screenshot(isWhole ? { path, fullPage: true, clip } : { path })
}
