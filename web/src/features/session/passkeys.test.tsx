import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { problem } from '~mock/http'
import { owner, sessionHandler } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as accountPage from './AccountPage'
import { enter } from './otherTabs'
import * as signInPage from './SignInPage'
import { VerificationDialog } from './VerificationDialog'
import { askForProof } from './verification'

vi.mock('./otherTabs')

const bytes = (...numbers: number[]) => new Uint8Array(numbers)
const asked: { create: unknown[]; get: unknown[] } = { create: [], get: [] }

/** A browser's credential, as browsers without `toJSON()` have it. */
class PublicKeyCredential {
  id = '-_8'
  rawId = bytes(251, 255).buffer
  type = 'public-key'
  response: object
  constructor(response: object) {
    this.response = response
  }
}

class AuthenticatorAttestationResponse {
  clientDataJSON = bytes(1).buffer
  attestationObject = bytes(2).buffer
}

class AuthenticatorAssertionResponse {
  clientDataJSON = bytes(1).buffer
  authenticatorData = bytes(2).buffer
  signature = bytes(3).buffer
  userHandle = bytes(4).buffer
}

/** What the page sends of it. */
const SIGNED = {
  id: '-_8',
  rawId: '-_8',
  type: 'public-key',
  clientExtensionResults: {},
  response: {
    clientDataJSON: 'AQ',
    authenticatorData: 'Ag',
    signature: 'Aw',
    userHandle: 'BA',
  },
}

beforeEach(() => {
  vi.mocked(enter).mockReset()
  asked.create = []
  asked.get = []
  vi.stubGlobal('PublicKeyCredential', PublicKeyCredential)
  vi.stubGlobal('AuthenticatorAttestationResponse', AuthenticatorAttestationResponse)
  vi.stubGlobal('AuthenticatorAssertionResponse', AuthenticatorAssertionResponse)
  Object.defineProperty(navigator, 'credentials', {
    configurable: true,
    value: {
      create: async (options: unknown) => {
        asked.create.push(options)
        return new PublicKeyCredential(new AuthenticatorAttestationResponse())
      },
      get: async (options: unknown) => {
        asked.get.push(options)
        return new PublicKeyCredential(new AuthenticatorAssertionResponse())
      },
    },
  })
  server.use(
    http.get('*/v1/sessions', () => HttpResponse.json({ items: [] })),
    http.get('*/v1/external-identities', () => HttpResponse.json({ items: [] })),
    challenge('*/v1/session/passkey/challenge'),
    challenge('*/v1/session/verification/challenge'),
  )
})

afterEach(() => {
  Reflect.deleteProperty(navigator, 'credentials')
  for (const name of [
    'PublicKeyCredential',
    'AuthenticatorAttestationResponse',
    'AuthenticatorAssertionResponse',
  ]) {
    Reflect.deleteProperty(globalThis, name)
  }
})

function challenge(path: string, origin = window.location.origin, more: object = {}) {
  return http.post(path, () =>
    HttpResponse.json({
      challenge_token: 'token',
      origin,
      public_key: { challenge: 'AQID', rpId: 'localhost', ...more },
    }),
  )
}

test('a passkey signs in without a password', async () => {
  const sent: unknown[] = []
  const { user } = renderPage(signInPage, { path: '/sign-in', at: '/sign-in?return=%2Fleads' })
  server.use(
    http.get('*/v1/session', () => problem(401, 'unauthenticated')),
    http.post('*/v1/session/passkey', async ({ request }) => {
      sent.push(await request.json())
      server.use(sessionHandler(owner))
      return HttpResponse.json({ state: 'signed_in' })
    }),
  )
  await user.click(await screen.findByRole('button', { name: 'Sign in with a passkey' }))
  await waitFor(() => expect(enter).toHaveBeenCalledWith('/leads'))
  expect(asked.get).toEqual([
    { publicKey: { challenge: bytes(1, 2, 3), rpId: 'localhost', allowCredentials: [] } },
  ])
  expect(sent).toEqual([{ challenge_token: 'token', credential: SIGNED }])
})

test('where the page is not at the address of its passkeys it leads there', async () => {
  const { user } = renderPage(signInPage, { path: '/sign-in', at: '/sign-in' })
  server.use(
    http.get('*/v1/session', () => problem(401, 'unauthenticated')),
    challenge('*/v1/session/passkey/challenge', 'https://handoff.example.com'),
  )
  await user.click(await screen.findByRole('button', { name: 'Sign in with a passkey' }))
  const link = await screen.findByRole('link', { name: 'https://handoff.example.com' })
  expect(link).toHaveAttribute('href', `https://handoff.example.com${window.location.pathname}`)
  expect(asked.get).toEqual([])
})

test('who cancels is told that nothing was given, and may try again', async () => {
  const { user } = renderPage(signInPage, { path: '/sign-in', at: '/sign-in' })
  server.use(http.get('*/v1/session', () => problem(401, 'unauthenticated')))
  navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))
  const button = await screen.findByRole('button', { name: 'Sign in with a passkey' })
  await user.click(button)
  expect(await screen.findByRole('alert')).toHaveTextContent('No passkey was given. Try again')
  expect(button).toBeEnabled()
})

test('a passkey is the second factor, and a refused one says so', async () => {
  const sent: unknown[] = []
  server.use(
    http.post('*/v1/session/second-factor', async ({ request }) => {
      sent.push(await request.json())
      if (sent.length === 1) {
        const errors = [{ pointer: '/passkey', detail: 'was not accepted; try another passkey' }]
        return problem(422, 'invalid-input', { errors })
      }
      server.use(sessionHandler(owner))
      return HttpResponse.json({ state: 'signed_in' })
    }),
  )
  const { user } = renderPage(signInPage, {
    path: '/sign-in',
    at: '/sign-in',
    session: { state: 'second_factor', person: { ...owner.person, has_passkey: true } },
  })
  // There is no app whose code could be asked for.
  expect(await screen.findByLabelText('Recovery code')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Use a passkey' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('The passkey was not accepted')
  await user.click(screen.getByRole('button', { name: 'Use a passkey' }))
  await waitFor(() => expect(enter).toHaveBeenCalledWith('/'))
  expect(sent[1]).toEqual({ passkey: { challenge_token: 'token', credential: SIGNED } })
})

test('a passkey proves again who one is', async () => {
  const sent: unknown[] = []
  server.use(
    http.post('*/v1/session/verification', async ({ request }) => {
      sent.push(await request.json())
      return HttpResponse.json({ done: true })
    }),
  )
  const person = { ...owner.person, has_passkey: true }
  const page = { default: VerificationDialog }
  const { user } = renderPage(page, { path: '/', at: '/', session: { person } })
  const proven = askForProof()
  await user.click(await screen.findByRole('button', { name: 'Use a passkey' }))
  await expect(proven).resolves.toBe(true)
  expect(sent).toEqual([{ passkey: { challenge_token: 'token', credential: SIGNED } }])
})

const PASSKEY = {
  passkey_id: 'passkey_1',
  name: 'Work phone',
  created_at: '2026-11-01T10:00:00Z',
}

test('a passkey is added with a name, and its recovery codes are shown', async () => {
  const sent: unknown[] = []
  const items: unknown[] = []
  server.use(
    http.get('*/v1/passkeys', () => HttpResponse.json({ items, origin: window.location.origin })),
    challenge('*/v1/passkeys/challenge', window.location.origin, {
      user: { id: 'BAU', name: 'ada@example.com' },
      excludeCredentials: [{ id: 'Bg', type: 'public-key' }],
    }),
    http.post('*/v1/passkeys', async ({ request }) => {
      sent.push(await request.json())
      items.push(PASSKEY)
      return HttpResponse.json({ ...PASSKEY, recovery_codes: ['abcde-fghij'] }, { status: 201 })
    }),
  )
  const { user } = renderPage(accountPage, { path: '/account', at: '/account' })
  await user.click(await screen.findByRole('button', { name: 'Add a passkey' }))
  await user.clear(await screen.findByLabelText('Name'))
  await user.type(screen.getByLabelText('Name'), 'Work phone')
  await user.click(screen.getByRole('button', { name: 'Create the passkey' }))
  expect(await screen.findByText('abcde-fghij')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'I have stored it' }))
  expect(await screen.findByText('Work phone')).toBeInTheDocument()
  expect(asked.create).toEqual([
    {
      publicKey: {
        challenge: bytes(1, 2, 3),
        rpId: 'localhost',
        user: { id: bytes(4, 5), name: 'ada@example.com' },
        excludeCredentials: [{ id: bytes(6), type: 'public-key' }],
      },
    },
  ])
  const { response, ...rest } = SIGNED
  expect(sent).toEqual([
    {
      name: 'Work phone',
      challenge_token: 'token',
      credential: { ...rest, response: { clientDataJSON: 'AQ', attestationObject: 'Ag' } },
    },
  ])
  expect(response.signature).toBe('Aw')
})

test('where there can be no passkeys the page says why', async () => {
  const unavailable = 'browsers take passkeys over https only; serve the program over TLS'
  server.use(http.get('*/v1/passkeys', () => HttpResponse.json({ items: [], unavailable })))
  renderPage(accountPage, { path: '/account', at: '/account' })
  expect(await screen.findByText(/^Browsers take passkeys over https only/)).toBeVisible()
  expect(screen.getByRole('button', { name: 'Add a passkey' })).toHaveAttribute('aria-disabled')
})

test('a passkey is renamed and removed', async () => {
  const done: unknown[] = []
  server.use(
    http.get('*/v1/passkeys', () =>
      HttpResponse.json({ items: [PASSKEY], origin: window.location.origin }),
    ),
    http.patch('*/v1/passkeys/passkey_1', async ({ request }) => {
      done.push(await request.json())
      return HttpResponse.json(PASSKEY)
    }),
    http.delete('*/v1/passkeys/passkey_1', () => {
      done.push('removed')
      return HttpResponse.json({ done: true })
    }),
  )
  const { user } = renderPage(accountPage, { path: '/account', at: '/account' })
  await user.click(await screen.findByRole('button', { name: 'Rename' }))
  await user.type(await screen.findByLabelText('Name'), ' (old){Enter}')
  await waitFor(() => expect(done).toEqual([{ name: 'Work phone (old)' }]))
  const [row] = await screen.findAllByRole('button', { name: 'Remove' })
  if (row) await user.click(row)
  const dialog = await screen.findByRole('dialog', { name: 'Remove “Work phone”' })
  expect(dialog).toHaveTextContent('signed out of every other browser')
  const [confirm] = Array.from(dialog.querySelectorAll('button[type=submit]'))
  if (confirm) await user.click(confirm)
  await waitFor(() => expect(done[1]).toBe('removed'))
})
