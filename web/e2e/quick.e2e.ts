import { expect, type Page } from '@playwright/test'

import { test } from './fixtures'
import { ask, enter, type Program } from './program'

/** What people feel as at once is 100 ms. A machine that builds meanwhile gets three times that. */
const AT_ONCE_MS = 300
test.use({ contextOptions: { reducedMotion: 'no-preference' } })

/** What the first look at a page may bring over the network, compressed as over plain HTTP. */
const FIRST_LOAD_BYTES = 300_000

const STAGES = ['intake', 'assessed', 'proposal', 'contract', 'paid', 'delivered', 'lost']

/** As many as the board shows of each stage. */
const CARDS = 50

/** A board that is full. */
function fullBoard() {
  return {
    stages: STAGES.map((stage, column) => ({
      stage,
      count: 1_400,
      value: [{ amount: '125000.00', currency: 'USD' }],
      cards: Array.from({ length: CARDS }, (_, row) => ({
        client_id: `client_${column}_${row}`,
        company_name: `Adventure Works Cycles ${column}.${row}`,
        contact_name: 'Maria Anders',
        email: `maria+${column}.${row}@adventure.example`,
        stage,
        stage_since: '2026-11-20T09:00:00Z',
        created_at: '2026-11-01T09:00:00Z',
        updated_at: '2026-11-20T09:00:00Z',
        value: [{ amount: '2500.00', currency: 'USD' }],
        open_human_tasks: row % 5 === 0 ? 1 : 0,
        failed_runs: row % 9 === 0 ? 1 : 0,
        movable_to: STAGES.slice(column + 1, column + 2),
      })),
    })),
  }
}

/** Collects how long each event took from the hand to the next picture. */
async function watchEvents(page: Page) {
  await page.addInitScript(() => {
    const seen: number[] = []
    Object.assign(window, { seenEvents: seen })
    new PerformanceObserver((list) => {
      seen.push(...list.getEntries().map(({ duration }) => duration))
    }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit)
  })
}

/** The slowest event since the last call, in milliseconds. */
async function slowest(page: Page): Promise<number> {
  await page.waitForTimeout(400)
  const durations = await page.evaluate(() => {
    const { seenEvents } = window as unknown as { seenEvents: number[] }
    return seenEvents.splice(0)
  })
  return Math.max(0, ...durations)
}

test('a card is dragged over a full board at once', async ({ page, program }) => {
  await watchEvents(page)
  await enter(page, program)
  await page.route('**/v1/pipeline*', (route) => route.fulfill({ json: fullBoard() }))
  await page.route('**/v1/clients/*/stage', (route) => route.fulfill({ json: {} }))
  await page.goto(`${program.url}/pipeline`)
  const card = page.locator('[data-column="intake"] [data-card]').first()
  const target = page.locator('[data-column="assessed"]')
  await card.waitFor()
  expect(await page.locator('[data-card]').count()).toBe(STAGES.length * CARDS)
  await page.waitForTimeout(1_000)
  await slowest(page)

  const from = await card.boundingBox()
  const to = await target.boundingBox()
  if (!from || !to) throw new Error('the board is not there')
  await page.mouse.move(from.x + 40, from.y + 40)
  await page.mouse.down()
  await page.mouse.move(from.x + 60, from.y + 60, { steps: 4 })
  await page.mouse.move(to.x + 60, to.y + 200, { steps: 12 })
  expect(await slowest(page)).toBeLessThan(AT_ONCE_MS)
  await page.mouse.up()
  expect(await slowest(page)).toBeLessThan(AT_ONCE_MS)
})

test('the steps of a long run unfold at once', async ({ page, program }) => {
  await watchEvents(page)
  const run = await longRun(program)
  await enter(page, program)
  await page.goto(`${program.url}/runs/${run}`)
  const more = page.getByRole('button', { name: /^Show more of/ })
  await more.waitFor()
  for (let again = 0; again < 4; again += 1) {
    await more.scrollIntoViewIfNeeded()
    await slowest(page)
    await more.click()
    expect(await slowest(page)).toBeLessThan(AT_ONCE_MS)
  }
})

/** A run of some thousand steps, which has ended. */
async function longRun(program: Program): Promise<string> {
  const source = `document: { dsl: 1.0.3, namespace: own, name: many-steps, version: 1.0.0 }
do:
  - each:
      for: { each: item, in: '\${ [range(330)] }' }
      do:
        - one: { set: { at: '\${ $item }' } }
        - two: { set: { at: '\${ $item }' } }
        - three: { set: { at: '\${ $item }' } }
`
  await ask(program, 'POST', '/v1/flows', { source })
  const { run_id } = await ask(program, 'POST', '/v1/flows/many-steps/runs', {})
  const status = async () =>
    (await ask(program, 'GET', '/v1/runs?flow=many-steps')).items[0]?.status
  await expect.poll(status, { timeout: 60_000 }).toBe('completed')
  return run_id
}

/** How many bytes the page and all that it asked for were on the wire, without headers. */
function loaded(page: Page): Promise<number> {
  return page.evaluate(() =>
    ['navigation', 'resource']
      .flatMap((kind) => performance.getEntriesByType(kind) as PerformanceResourceTiming[])
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  )
}

test('the first look at the sign-in page and at Today brings little', async ({
  browser,
  page,
  program,
}) => {
  await page.goto(`${program.url}/sign-in`)
  await page.getByLabel('E-mail').waitFor()
  await page.waitForLoadState('networkidle')
  const signIn = await loaded(page)
  await enter(page, program)
  // Signed in already, and with an empty cache.
  const context = await browser.newContext({ storageState: await page.context().storageState() })
  const today = await context.newPage()
  await today.goto(program.url)
  await today.getByRole('heading', { name: 'Today' }).waitFor()
  await today.waitForTimeout(2_000)
  const sizes = { signIn, today: await loaded(today) }
  await context.close()
  expect(sizes.signIn).toBeGreaterThan(50_000)
  expect(sizes.today).toBeGreaterThan(50_000)
  expect(sizes.signIn, JSON.stringify(sizes)).toBeLessThan(FIRST_LOAD_BYTES)
  expect(sizes.today, JSON.stringify(sizes)).toBeLessThan(FIRST_LOAD_BYTES)
})
