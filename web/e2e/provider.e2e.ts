import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { expect, type Page } from '@playwright/test'
import Provider from 'oidc-provider'

import { seriousViolations } from './accessibility'
import { test as plain } from './fixtures'
import { enter, type Program, signIn, start } from './program'

const CLIENT = { client_id: 'handoff', client_secret: 'of these tests and no others' }

/** A program whose people may sign in through a provider, which is certified and runs beside it. */
const test = plain.extend<object, { program: Program }>({
  program: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures here
    async ({}, use) => {
      const { server, issuer, serve } = await listen()
      const program = await start({
        HANDOFF_ALLOWED_PRIVATE_HOSTS: new URL(issuer).host,
        HANDOFF_OIDC_ISSUER: issuer,
        HANDOFF_OIDC_CLIENT_ID: CLIENT.client_id,
        HANDOFF_OIDC_CLIENT_SECRET: CLIENT.client_secret,
        HANDOFF_OIDC_NAME: 'Agency ID',
      })
      serve(provider(issuer, program).callback())
      await use(program)
      await program.stop()
      server.closeAllConnections()
      server.close()
    },
    { scope: 'worker' },
  ],
})

/** An address for the provider, which is there before it knows whom it serves. */
async function listen() {
  let handle: RequestListener = (_, answer) => answer.writeHead(503).end()
  const server: Server = createServer((request, answer) => handle(request, answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  const serve = (by: RequestListener) => {
    handle = by
  }
  return { server, issuer: `http://127.0.0.1:${address.port}`, serve }
}

/** Everybody has an account there, by the name they type; its e-mail address is the owner's. */
function provider(issuer: string, { url, email }: Program) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }
  return new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [`${url}/sign-in/callback`] }],
    jwks: { keys: [key] },
    cookies: { keys: ['of these tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, name: 'Demo Owner', email, email_verified: true }),
    }),
  })
}

/** Signs in at the provider's own pages, and agrees there. */
async function agree(page: Page) {
  await page.getByPlaceholder('Enter any login').fill('demo-owner')
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('whoever connected an account at the provider signs in through it', async ({
  page,
  program,
}) => {
  await enter(page, program)
  await page.goto(`${program.url}/account`)
  await page.getByRole('button', { name: 'Connect Agency ID' }).click()
  await agree(page)
  await expect(page).toHaveURL(`${program.url}/account`)
  const section = page.getByRole('region', { name: 'Agency ID' })
  await expect(section.getByText('Connected', { exact: true })).toBeVisible()

  await page.getByRole('button', { name: /your menu/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('button', { name: 'Sign in with Agency ID' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
})

test('where one wanted to go is where one is after the provider', async ({ page, program }) => {
  await page.goto(`${program.url}/invoices`)
  await page.getByRole('button', { name: 'Sign in with Agency ID' }).click()
  await agree(page)
  await expect(page).toHaveURL(`${program.url}/invoices`)
  await expect(page.getByRole('heading', { name: 'Invoices' })).toBeVisible()
})

test('what was cancelled at the provider is told, and a password still opens', async ({
  page,
  program,
}) => {
  await page.goto(`${program.url}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with Agency ID' }).click()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await expect(page).toHaveURL(/\/sign-in\?/)
  await expect(page.getByRole('alert')).toHaveText(
    'Nothing was done: it was cancelled at Agency ID.',
  )
  expect(await seriousViolations(page)).toEqual([])
  await signIn(page, program)
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
})

test('an account that nobody connected opens nothing, and it is said why', async ({
  page,
  program,
}) => {
  await page.goto(`${program.url}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with Agency ID' }).click()
  await page.getByPlaceholder('Enter any login').fill('a-stranger')
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('alert')).toContainText(
    'Nobody here is connected with this account of Agency ID.',
  )
})
