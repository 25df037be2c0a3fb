import { type ConsoleMessage, expect, type Page } from '@playwright/test'

import { seriousViolations } from './accessibility'
import { test } from './fixtures'
import { ask, enter, type Program, sendIntake, signIn, totp } from './program'

const PASSWORD = 'correct horse battery'

/** What the browser complained of: a policy that was broken, or an error that nobody caught. */
const complaints: string[] = []

test.beforeEach(async ({ page }) => {
  complaints.length = 0
  page.on('console', (message: ConsoleMessage) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text())
  })
  await page.addInitScript(() => {
    document.addEventListener(
      'securitypolicyviolation',
      ({ effectiveDirective, sourceFile, lineNumber, columnNumber }) => {
        // biome-ignore lint/suspicious/noConsole: how the page tells this test
        console.error(
          `Content Security Policy ${effectiveDirective} ${sourceFile}:${lineNumber}:${columnNumber}`,
        )
      },
    )
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
})

test.afterEach(() => {
  expect(complaints).toEqual([])
})

/** Invites somebody, who accepts in this page. */
async function join(page: Page, program: Program, email: string, role: string) {
  const invited = await ask(program, 'POST', '/v1/invitations', { email, role })
  const token = new URL(invited.link).hash
  await page.goto(`${program.url}/accept-invitation${token}`)
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account and join' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
}

test('an intake becomes a client and a lead while somebody watches', async ({ page, program }) => {
  await enter(page, program)
  await page.goto(`${program.url}/clients`)
  await expect(page.getByRole('heading', { name: 'Clients' })).toBeVisible()
  const company = 'Northwind Traders'
  await expect(page.getByText(company)).toHaveCount(0)
  await sendIntake(program, company)
  await expect(page.getByText(company).first()).toBeVisible()
  await page.getByText(company).first().click()
  await expect(page.getByRole('heading', { name: company })).toBeVisible()
  // Its run goes on, and the page follows it to the deliverables.
  await expect(page.getByText('Branding strategy').first()).toBeVisible()
})

test('a sample intake is sent by a button, and its texts are reviewed where they wait', async ({
  page,
  program,
}) => {
  await enter(page, program)
  await page.goto(`${program.url}/sandbox`)
  await page.getByRole('button', { name: 'Send an intake' }).click()
  const toast = page.getByText(/^TechFlow Solutions \d+ sent an intake$/)
  const company = (await toast.innerText()).replace(' sent an intake', '')
  await page.goto(`${program.url}/?only=reviews`)
  const waiting = page.getByRole('listitem').filter({ hasText: company })
  await expect(waiting).toHaveCount(4)
  const plan = waiting.filter({ hasText: 'Website plan' })
  await plan.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByText('Approved: Website plan')).toBeVisible()
  await expect(waiting).toHaveCount(3)
})

test('a client is corrected by hand, and its timeline says so', async ({ page, program }) => {
  await ask(program, 'POST', '/v1/leads', {
    source: 'web',
    company_name: 'Mistyped Ltd',
    contact_email: 'hello@mistyped.example',
    phone: '+1-555-0123',
    intake: {},
  })
  await signIn(page, program)
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  await page.goto(`${program.url}/clients?text=mistyped`)
  await page.getByText('Mistyped Ltd').first().click()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const drawer = page.getByRole('dialog', { name: 'Edit the client' })
  await expect(drawer.getByLabel('Company')).toBeVisible()
  expect(await seriousViolations(page)).toEqual([])
  await drawer.getByLabel('Company').fill('Well Typed Ltd')
  await drawer.getByLabel('Phone').fill('call me')
  await drawer.getByRole('button', { name: 'Save client' }).click()
  await expect(drawer.getByText(/^Must be a phone number/)).toBeVisible()
  expect(await seriousViolations(page)).toEqual([])
  await drawer.getByLabel('Phone').fill('')
  await drawer.getByRole('button', { name: 'Save client' }).click()
  await expect(page.getByRole('heading', { name: 'Well Typed Ltd' })).toBeVisible()
  await expect(page.getByText('The client’s company name and phone changed')).toBeVisible()
  await expect(page.getByText('+1-555-0123')).toHaveCount(0)
})

test('a second factor is set up and asked for', async ({ page, program }) => {
  await join(page, program, 'second@agency.example', 'manager')
  await page.goto(`${program.url}/account`)
  await page.getByRole('button', { name: 'Set up', exact: true }).click()
  const shown = await page.getByRole('dialog').locator('code').textContent()
  const secret = (shown ?? '').replaceAll(/\s/g, '')
  await page.getByLabel('The code it shows now').fill(totp(secret))
  await page.getByRole('button', { name: 'Use the app' }).click()
  await expect(page.getByText(/recovery codes/i).first()).toBeVisible()
  await page.context().clearCookies()
  await signIn(page, { ...program, email: 'second@agency.example', password: PASSWORD })
  // The code before the next one was used up by setting up.
  await page.getByLabel('Code', { exact: true }).fill(totp(secret, Date.now() + 30_000))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
})

test('a role of the tenant’s own is made and given, and holds at once', async ({
  page,
  program,
}) => {
  await enter(page, program)
  await page.goto(`${program.url}/settings/members`)
  await page.getByRole('button', { name: 'New role' }).click()
  const editor = page.getByRole('dialog', { name: 'New role' })
  await editor.getByLabel('Name').fill('Proof reader')
  await editor.getByLabel('Whom it is for').fill('Reads what goes out, and approves it.')
  await editor.getByLabel('Read deliverables').check()
  await editor.getByLabel('Approve and reject deliverables').check()
  expect(await seriousViolations(page)).toEqual([])
  await editor.getByRole('button', { name: 'Make role' }).click()
  await expect(page.getByRole('cell', { name: 'Proof reader' })).toBeVisible()
  await page.getByRole('button', { name: 'Invite member' }).click()
  const invite = page.getByRole('dialog', { name: 'Invite member' })
  await expect(invite.getByRole('radio', { name: 'Proof reader' })).toBeEnabled()
  await page.context().clearCookies()
  await join(page, program, 'proof@agency.example', 'proof_reader')
  await page.goto(`${program.url}/pipeline`)
  await expect(page.getByRole('alert').first()).toContainText('read:clients')
})

test('who needs a second factor sets one up before anything else', async ({ page, program }) => {
  await join(page, program, 'admin@agency.example', 'admin')
  const require = (whom: string) =>
    ask(program, 'PUT', '/v1/tenant/second-factor', { second_factor_for: whom })
  await require('administrators')
  await page.context().clearCookies()
  await signIn(page, { ...program, email: 'admin@agency.example', password: PASSWORD })
  await expect(page.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible()
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('button', { name: 'Set up', exact: true }).click()
  const shown = await page.getByRole('dialog').locator('code').textContent()
  await page.getByLabel('The code it shows now').fill(totp((shown ?? '').replaceAll(/\s/g, '')))
  await page.getByRole('button', { name: 'Use the app' }).click()
  // The codes stay until they were seen, although the page behind them is another one by then.
  const codes = page.getByRole('dialog', { name: /recovery codes/i })
  await expect(codes).toBeVisible()
  await codes.getByRole('button', { name: 'I have stored it' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  await require('nobody')
})

test('a passkey is added and signs in without a password', async ({ page, program }) => {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  // By its bare address there are none, and the page says where there are.
  await page.goto(`${program.url}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  const named = { ...program, url: program.url.replace('127.0.0.1', 'localhost') }
  await page.getByRole('link', { name: named.url }).click()
  await expect(page).toHaveURL(`${named.url}/sign-in`)

  await join(page, named, 'passkey@agency.example', 'manager')
  await page.goto(`${named.url}/account`)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Laptop of the test')
  await page.getByRole('button', { name: 'Create the passkey' }).click()
  await expect(page.getByText(/recovery codes/i).first()).toBeVisible()
  await page.getByRole('button', { name: 'I have stored it' }).click()
  await expect(page.getByRole('table', { name: 'Passkeys' })).toContainText('Laptop of the test')

  const leave = async () => {
    await page.getByRole('button', { name: /your menu/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  }
  await leave()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  // After the password it is the second factor.
  await leave()
  await signIn(page, { ...named, email: 'passkey@agency.example', password: PASSWORD })
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
})

test('what a member may not do is shown, disabled, and says why', async ({ page, program }) => {
  await join(page, program, 'staff@agency.example', 'staff')
  await page.goto(`${program.url}/flows`)
  const create = page.getByRole('button', { name: 'New flow' })
  await expect(create).toHaveAttribute('aria-disabled', 'true')
  await create.hover()
  await expect(page.getByRole('tooltip')).toContainText('write:flows')
  await page.goto(`${program.url}/settings/tokens`)
  await expect(page.getByRole('alert')).toContainText('read:tokens')
})

test('a filter stays in the address over reload and back', async ({ page, program }) => {
  await enter(page, program)
  await page.goto(`${program.url}/clients`)
  await page.getByRole('searchbox').fill('techflow')
  await expect(page).toHaveURL(/text=techflow/)
  await page.reload()
  await expect(page.getByRole('searchbox')).toHaveValue('techflow')
  await page.goto(`${program.url}/runs`)
  await page.goBack()
  await expect(page.getByRole('searchbox')).toHaveValue('techflow')
})

/** What a client may write anywhere. */
const XSS = [
  '<script>window.hacked=1</script>',
  '<img src=x onerror="window.hacked=1">',
  '<svg/onload=window.hacked=1>',
  '"><iframe srcdoc="<script>parent.hacked=1</script>">',
  '[x](javascript:window.hacked=1)',
  "';window.hacked=1;//",
  '{{constructor.constructor("window.hacked=1")()}}',
]

test('nothing that a client writes runs', async ({ page, program }) => {
  test.setTimeout(200_000)
  for (const [number, text] of XSS.entries()) {
    await ask(program, 'POST', '/v1/leads', {
      source: 'web',
      company_name: `${text} ${number}`,
      contact_name: text,
      contact_email: `x${number}@xss.example`,
      intake: { project_goals: [text], timeline: text, website: 'javascript:window.hacked=1' },
    })
  }
  await enter(page, program)
  const { items } = await ask(program, 'GET', '/v1/leads?limit=100')
  const shown = items.slice(0, XSS.length)
  const paths = ['/', '/pipeline', '/clients', '/leads', '/runs', '/webhooks'].concat(
    shown.flatMap((lead: { lead_id: string; client_id: string }) => [
      `/leads/${lead.lead_id}`,
      `/clients/${lead.client_id}`,
    ]),
  )
  for (const path of paths) {
    await page.goto(`${program.url}${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(await page.evaluate(() => 'hacked' in window), path).toBe(false)
    expect(await page.locator('a[href^="javascript:"], iframe, main script').count(), path).toBe(0)
  }
})

/** A flow of a few lines; its run. */
async function startFlow(program: Program, name: string, tasks: string): Promise<string> {
  const source = `document: { dsl: 1.0.3, namespace: own, name: ${name}, version: 1.0.0 }\ndo:\n${tasks}`
  await ask(program, 'POST', '/v1/flows', { source })
  let run = ''
  await expect
    .poll(async () => {
      const started = await ask(program, 'POST', `/v1/flows/${name}/runs`, { input: {} }).catch(
        () => null,
      )
      run = started?.run_id ?? ''
      return run
    })
    .not.toBe('')
  return run
}

test('a failed step is tried again from the page', async ({ page, program }) => {
  await ask(program, 'PUT', '/_sandbox/faults/slack', { what: 'status-400', times: 1 })
  const run = await startFlow(
    program,
    'tell-team',
    '- tell: { call: slack.post_message, with: { text: Hello } }',
  )
  await enter(page, program)
  await page.goto(`${program.url}/runs/${run}`)
  await expect(page.getByText('Faulted').first()).toBeVisible()
  await page.getByRole('button', { name: 'Retry' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click()
  await expect(page.getByText('Completed').first()).toBeVisible()
  const { status } = await ask(program, 'GET', `/v1/runs/${run}`)
  expect(status).toBe('completed')
})

/** Replaces what the editor holds. */
async function write(page: Page, text: string) {
  await page.locator('.cm-content').click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
}

test('a prompt is written wrongly and told where, then rightly, used, and rolled back', async ({
  page,
  program,
}) => {
  const { text } = await ask(program, 'GET', '/v1/prompts/copywriting')
  await signIn(page, program)
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  await page.goto(`${program.url}/settings/prompts/copywriting`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Edit Copywriting' })).toBeVisible()
  const problems = page.getByRole('region', { name: 'Problems' })
  await expect(problems).toContainText('No problems')
  expect(await seriousViolations(page)).toEqual([])

  await write(page, text.replace('{{company_name}}', '{{company}}'))
  await expect(problems).toContainText('{{company}}')
  const line = text.split('\n').findIndex((one: string) => one.includes('{{company_name}}')) + 1
  await expect(problems).toContainText(`${line}:`)
  await expect(page.getByRole('button', { name: 'Publish' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  const mine = text.replace('a senior copywriter', 'a pirate who sells')
  await write(page, mine)
  await expect(problems).toContainText('No problems')
  await page.getByText('Preview', { exact: true }).click()
  await page.getByRole('button', { name: 'Preview' }).click()
  await expect(page.getByText('You are a pirate who sells')).toBeVisible()
  await page.getByText('Compare', { exact: true }).click()
  await expect(page.locator('.cm-changedLine')).toContainText('a pirate who sells')
  expect(await seriousViolations(page)).toEqual([])

  await page.getByRole('button', { name: 'Publish' }).click()
  const dialog = page.getByRole('dialog', { name: 'Publish Copywriting' })
  await dialog.getByLabel('What changed').fill('more pirate')
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await expect(page.getByText('copywriting@1+own.1').first()).toBeVisible()
  await expect(page.getByRole('cell', { name: 'more pirate' })).toBeVisible()

  await sendIntake(program, 'Pirate Cove')
  const copy = async () => {
    const { items } = await ask(program, 'GET', '/v1/deliverables?type=copywriting')
    return items.find(({ prompt_version }: { prompt_version: unknown }) => prompt_version !== 1)
  }
  await expect.poll(copy).toBeTruthy()
  await page.goto(`${program.url}/deliverables/${(await copy()).deliverable_id}`)
  await expect(page.getByText('copywriting@1+own.1')).toBeVisible()

  await page.goto(`${program.url}/settings/prompts/copywriting`)
  const shipped = page.getByRole('row').filter({ hasText: 'Shipped' })
  await shipped.getByRole('button', { name: 'Roll back' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
  await expect(shipped).toContainText('In use')
  expect((await ask(program, 'GET', '/v1/prompts/copywriting')).label).toBe('copywriting@1')
})

test('a webhook is replayed after saying what that would change', async ({ page, program }) => {
  await enter(page, program)
  const { items } = await ask(program, 'GET', '/v1/webhooks')
  await page.goto(`${program.url}/webhooks/received/${items[0].delivery_id}`)
  await page.getByRole('button', { name: 'Replay…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('After')).toBeVisible()
  await dialog.getByRole('button', { name: /^Replay/ }).click()
  await expect(page.getByText(/^Replayed:/)).toBeVisible()
})

test('a flow is written wrongly and told where, then rightly and run', async ({
  page,
  program,
}) => {
  await enter(page, program)
  await page.goto(`${program.url}/flows/new`)
  const head = 'document: { dsl: 1.0.3, namespace: own, name: by-hand, version: 1.0.0 }\ndo:\n'
  await write(page, `${head}- greet: { sett: { hello: world } }\n`)
  const problems = page.getByRole('region', { name: 'Problems' })
  await expect(problems.getByRole('button').first()).toContainText(/3:\d+/)
  await expect(problems).toContainText('set')
  await write(page, `${head}- greet: { set: { hello: world } }\n`)
  await expect(problems).toContainText('No problems')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Save 1.0.0' }).click()
  await expect(page.getByRole('heading', { name: /by.hand/i })).toBeVisible()
  await page.getByRole('button', { name: 'Start a run' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Start/ })
    .click()
  await expect
    .poll(async () => (await ask(program, 'GET', '/v1/runs?flow=by-hand')).items[0]?.status)
    .toBe('completed')
})
