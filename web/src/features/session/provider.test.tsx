import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'

import { remedyFor } from '~/api/remedies'
import { problem } from '~mock/http'
import { optionsHandler, owner } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as acceptPage from './AcceptInvitationPage'
import * as accountPage from './AccountPage'
import { keptInvitation } from './linkToken'
import { leaveFor } from './otherTabs'
import { returnMessage } from './provider'
import * as signInPage from './SignInPage'
import { VerificationDialog } from './VerificationDialog'
import { askForProof } from './verification'

vi.mock('./otherTabs')

const PAGE = 'https://id.example/authorize?state=1'
const signedOut = http.get('*/v1/session', () => problem(401, 'unauthenticated'))
const begun: unknown[] = []

beforeEach(() => {
  vi.mocked(leaveFor).mockReset()
  begun.length = 0
  server.use(
    optionsHandler('Example ID'),
    http.get('*/v1/sessions', () => HttpResponse.json({ items: [] })),
    http.get('*/v1/passkeys', () =>
      HttpResponse.json({ items: [], origin: window.location.origin }),
    ),
    http.post('*/v1/session/provider', async ({ request }) => {
      begun.push(await request.json())
      return HttpResponse.json({ url: PAGE })
    }),
  )
})

function identities(items: object[]) {
  server.use(http.get('*/v1/external-identities', () => HttpResponse.json({ items })))
}

const identity = {
  external_identity_id: 'extid_1',
  issuer: 'https://id.example',
  is_usable: true,
  email: 'ada@example.com',
  connected_at: '2026-11-20T12:00:00Z',
}

test('the sign-in page leads to the provider, and says where to go on', async () => {
  const { user } = renderPage(signInPage, { path: '/sign-in', at: '/sign-in?return=%2Fleads' })
  server.use(signedOut)
  await user.click(await screen.findByRole('button', { name: 'Sign in with Example ID' }))
  await waitFor(() => expect(leaveFor).toHaveBeenCalledWith(PAGE))
  expect(begun).toEqual([{ purpose: 'sign_in', return_to: '/leads' }])
})

test('without a provider there is only the password', async () => {
  server.use(optionsHandler())
  renderPage(signInPage, { path: '/sign-in', at: '/sign-in' })
  server.use(signedOut)
  expect(await screen.findByLabelText('Password')).toBeVisible()
  expect(
    screen.queryByRole('button', { name: /^Sign in with (?!a passkey)/ }),
  ).not.toBeInTheDocument()
})

test('what went wrong at the provider is said in words, on the page where one is', async () => {
  renderPage(signInPage, { path: '/sign-in', at: '/sign-in?problem=identity-unknown' })
  server.use(signedOut)
  await waitFor(() =>
    expect(screen.getByRole('alert')).toHaveTextContent(
      'Nobody here is connected with this account of Example ID.',
    ),
  )
})

test('whoever is signed in sees it on the account page', async () => {
  const { address } = renderPage(signInPage, {
    path: '/sign-in',
    at: '/sign-in?problem=identity-taken&return=%2Faccount',
  })
  await waitFor(() => expect(address()).toBe('/account?problem=identity-taken'))
  expect(returnMessage('identity-taken')).toMatch(/another account of The provider/)
  expect(returnMessage('<b>')).toBe('Signing in did not work. Try again.')
})

test('an account is connected and disconnected on the account page', async () => {
  identities([])
  const { user } = renderPage(accountPage, {
    path: '/account',
    at: '/account?problem=sign-in-cancelled',
  })
  const connect = await screen.findByRole('button', { name: 'Connect Example ID' })
  expect(screen.getByRole('alert')).toHaveTextContent('it was cancelled at Example ID.')
  await user.click(connect)
  await waitFor(() => expect(leaveFor).toHaveBeenCalledWith(PAGE))
  expect(begun).toEqual([{ purpose: 'connect', return_to: '/account' }])
})

test('the only way in stays, and the page says what to do', async () => {
  identities([identity])
  server.use(
    http.delete('*/v1/external-identities/:id', () =>
      problem(409, 'only-way-in', { detail: 'choose a password first' }),
    ),
  )
  const { user } = renderPage(accountPage, { path: '/account', at: '/account' })
  await user.click(await screen.findByRole('button', { name: 'Disconnect' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Disconnect Example ID' }))
  await user.click(dialog.getByRole('button', { name: 'Disconnect' }))
  expect(await dialog.findByRole('alert')).toHaveTextContent('Choose a password first.')
})

test('an invitation is accepted through the provider', async () => {
  sessionStorage.clear()
  keptInvitation.keep('secret')
  const { user } = renderPage(acceptPage, {
    path: '/accept-invitation',
    at: '/accept-invitation?problem=identity-unverified',
  })
  server.use(
    signedOut,
    http.post('*/v1/invitations/lookup', () =>
      HttpResponse.json({
        tenant: 'Analytical Engines',
        email: 'grace@example.com',
        role: 'staff',
        has_account: false,
      }),
    ),
  )
  const button = await screen.findByRole('button', { name: 'Continue with Example ID' })
  expect(screen.getByRole('alert')).toHaveTextContent('verified the same e-mail address')
  await user.click(button)
  await waitFor(() => expect(leaveFor).toHaveBeenCalledWith(PAGE))
  expect(begun).toEqual([{ purpose: 'invitation', token: 'secret' }])
})

test('who has no password confirms at the provider', async () => {
  remedyFor('verification-needed', askForProof)
  identities([identity])
  const page = {
    ...accountPage,
    default: () => (
      <>
        <accountPage.default />
        <VerificationDialog />
      </>
    ),
  }
  server.use(http.delete('*/v1/external-identities/:id', () => problem(403, 'verification-needed')))
  const person = { ...owner.person, has_password: false, has_provider: true }
  const { user } = renderPage(page, { path: '/account', at: '/account', session: { person } })
  await user.click(await screen.findByRole('button', { name: 'Disconnect' }))
  const confirm = within(await screen.findByRole('dialog', { name: 'Disconnect Example ID' }))
  await user.click(confirm.getByRole('button', { name: 'Disconnect' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Confirm that it is you' }))
  expect(dialog.queryByLabelText('Password')).not.toBeInTheDocument()
  await user.click(await dialog.findByRole('button', { name: 'Confirm with Example ID' }))
  await waitFor(() => expect(leaveFor).toHaveBeenCalledWith(PAGE))
  expect(begun).toEqual([{ purpose: 'verify', return_to: '/' }])
})
