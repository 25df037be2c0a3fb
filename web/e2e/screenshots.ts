import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from '@playwright/test'

import { ask, start } from './program'

const WIDTHS = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }

/** Every page, at both widths and in both schemes, into the folder that SCREENSHOTS names. */
test('screenshots', async ({ browser }) => {
  const folder = process.env.SCREENSHOTS ?? 'target/screenshots'
  await mkdir(folder, { recursive: true })
  const program = await start()
  const first = async (path: string, id: string): Promise<string> =>
    (await ask(program, 'GET', path)).items[0][id]
  const pages = {
    today: '/',
    pipeline: '/pipeline',
    clients: '/clients',
    client: `/clients/${await first('/v1/clients', 'client_id')}`,
    leads: '/leads',
    lead: `/leads/${await first('/v1/leads', 'lead_id')}`,
    deliverable: `/deliverables/${await first('/v1/deliverables', 'deliverable_id')}`,
    projects: '/projects',
    invoices: '/invoices',
    flows: '/flows',
    flow: '/flows/client-onboarding',
    runs: '/runs',
    run: `/runs/${await first('/v1/runs', 'run_id')}`,
    tasks: '/tasks',
    webhooks: '/webhooks',
    'webhooks-sent': '/webhooks/sent',
    'webhooks-subscriptions': '/webhooks/subscriptions',
    connections: '/connections',
    connection: '/connections/slack',
    ai: '/ai',
    alerts: '/alerts',
    sandbox: '/sandbox',
    settings: '/settings',
    members: '/settings/members',
    tokens: '/settings/tokens',
    prompts: '/settings/prompts',
    prompt: '/settings/prompts/assessment',
    'prompt-edit': '/settings/prompts/assessment/edit',
    'document-templates': '/settings/document-templates',
    audit: '/settings/audit',
    account: '/account',
  }
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme })
      const page = await context.newPage()
      const take = (name: string) =>
        page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) })
      await page.goto(`${program.url}/sign-in`)
      await page.getByLabel('E-mail').waitFor()
      await take('sign-in')
      await page.getByLabel('E-mail').fill(program.email)
      await page.getByLabel('Password', { exact: true }).fill(program.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('heading', { name: 'Today' }).waitFor()
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(`${program.url}${path}`)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.waitForTimeout(1_500)
        await take(name)
      }
      await context.close()
    }
  }
  await program.stop()
})
