import { expect, type Page } from '@playwright/test'

import { seriousViolations } from './accessibility'
import { fill, receive } from './agency'
import { test as plain } from './fixtures'
import { DIALOGS, doorsOf, pagesOf, type Shown } from './pages'
import { enter, type Program, start } from './program'

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

/** What axe's rules say of colour, which is all that differs in the dark. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block']

/** Shows a page, or what opens on it. */
async function show(page: Page, program: Program, { path, act }: Shown) {
  await page.goto('about:blank')
  await page.goto(`${program.url}${path}`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root'))
  await act?.(page)
}

test('no page has a serious fault for people with disabilities, in light or dark', async ({
  page,
  program,
  pages,
}) => {
  test.setTimeout(900_000)
  await page.emulateMedia({ colorScheme: 'light' })
  const faults: string[] = []
  const look = async (shown: Shown) => {
    await show(page, program, shown)
    for (const fault of await seriousViolations(page)) faults.push(`${shown.name}: ${fault}`)
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const fault of await seriousViolations(page, OF_COLOUR)) {
      faults.push(`${shown.name} in dark: ${fault}`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }
  for (const door of await doorsOf(program)) await look(door)
  await enter(page, program)
  for (const shown of [...pages, ...DIALOGS]) await look(shown)
  expect(faults).toEqual([])
})

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

test('every page is reached and left by the keyboard, and shows where it is', async ({
  page,
  program,
  pages,
}) => {
  test.setTimeout(900_000)
  await enter(page, program)
  const faults: string[] = []
  for (const [index, shown] of pages.entries()) {
    await show(page, program, shown)
    // The menu is the same on all of them, and walked on the first.
    if (index > 0) await skipToContent(page)
    for (const fault of await walk(page)) faults.push(`${shown.name}: ${fault}`)
  }
  expect(faults).toEqual([])
})

/** More stops than any page has before its tables. */
const STOPS_MAX = 60

/** By the link that comes first on each page, wherever the page has put the focus. */
async function skipToContent(page: Page) {
  await page.getByRole('link', { name: 'Skip to content' }).press('Enter')
}

/** Goes from stop to stop as Tab does; what holds the focus, or does not show it, is a fault. */
async function walk(page: Page): Promise<string[]> {
  const faults = new Set<string>()
  let before = ''
  let same = 0
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(describeFocus)
    if (at === undefined) break
    same = at.key === before ? same + 1 : 0
    if (same === 2) faults.add(`${at.name} holds the focus`)
    if (!at.isSeen) faults.add(`${at.name} does not show that it has the focus`)
    // An editor indents with Tab; it says that Escape comes before the Tab that leaves it.
    if (at.isEditor) await page.keyboard.press('Escape')
    before = at.key
  }
  return [...faults]
}

/** What has the focus, and whether it looks otherwise without; nothing when the walk has left the page. */
async function describeFocus() {
  const element = document.activeElement
  if (!(element instanceof HTMLElement) || element === document.body) return undefined
  const looks = () => {
    const seen: string[] = []
    let around: Element | null = element
    for (let out = 0; around && out < 6; out += 1, around = around.parentElement) {
      for (const part of [undefined, '::after']) {
        const { outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor } =
          getComputedStyle(around, part)
        seen.push(outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor)
      }
    }
    return seen.join(' ')
  }
  const { top, left, width, height } = element.getBoundingClientRect()
  const label = element.getAttribute('aria-label') ?? element.textContent ?? ''
  // An editor marks itself a moment after it got the focus, or lost it.
  const marked = async (isMarked: boolean) => {
    const editor = element.matches('.cm-content') ? element.closest('.cm-editor') : null
    const end = performance.now() + 5000
    while (editor && editor.matches('.cm-focused') !== isMarked && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await marked(true)
  const focused = looks()
  element.blur()
  await marked(false)
  const plain = looks()
  element.focus({ preventScroll: true, focusVisible: true } as FocusOptions)
  return {
    key: [element.tagName, label, top, left, width, height].join(' '),
    name: `${element.tagName.toLowerCase()} “${label.trim().slice(0, 40)}”`,
    isSeen: focused !== plain,
    isEditor: element.isContentEditable,
  }
}

test('the command palette finds pages, clients and runs', async ({ page, program }) => {
  await enter(page, program)
  const open = async (text: string) => {
    await page.keyboard.press('ControlOrMeta+k')
    // At once, as people do: what comes before the field has the focus is typed in it, too.
    await page.keyboard.type(text)
    await expect(page.getByRole('dialog').getByRole('textbox')).toHaveValue(text)
  }
  await open('audit')
  await page.getByRole('dialog').getByText('Audit log').first().waitFor()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Audit log' })).toBeVisible()
  await open('northwind')
  await page.getByRole('dialog').getByText('Northwind Traders').first().waitFor()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Northwind Traders' })).toBeVisible()
  await open('newsletter')
  await page
    .getByRole('dialog')
    .getByText(/newsletter/i)
    .first()
    .waitFor()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})
