import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'

import { problem } from '~mock/http'
import { owner } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as acceptPage from './AcceptInvitationPage'
import { keptInvitation } from './linkToken'
import { enter } from './otherTabs'

vi.mock('./otherTabs')

const accepted: unknown[] = []

beforeEach(() => {
  vi.mocked(enter).mockReset()
  sessionStorage.clear()
  accepted.length = 0
})

type Visit = { at?: string; email?: string; has_account: boolean; signedIn?: boolean }

function visit({
  at = '#secret',
  email = owner.person.email,
  has_account,
  signedIn = false,
}: Visit) {
  const page = renderPage(acceptPage, {
    path: '/accept-invitation',
    at: `/accept-invitation${at}`,
  })
  if (!signedIn) server.use(http.get('*/v1/session', () => problem(401, 'unauthenticated')))
  server.use(
    http.post('*/v1/invitations/lookup', async ({ request }) => {
      const { token } = (await request.json()) as { token: string }
      return token === 'secret'
        ? HttpResponse.json({ tenant: 'Analytical Engines', email, role: 'staff', has_account })
        : problem(403, 'link-expired')
    }),
    http.post('*/v1/invitations/acceptance', async ({ request }) => {
      accepted.push(await request.json())
      return HttpResponse.json({ done: true })
    }),
  )
  return page
}

test('a newcomer chooses a name and a password', async () => {
  const { user } = visit({ has_account: false })
  expect(await screen.findByRole('heading', { name: 'Join Analytical Engines' })).toBeVisible()
  await user.type(screen.getByLabelText('Your name'), 'Ada Lovelace')
  await user.type(screen.getByLabelText('Password'), 'short{Enter}')
  expect(screen.getByText(/Use at least 12 characters/)).toBeVisible()
  await user.type(screen.getByLabelText('Password'), ' but longer{Enter}')
  await waitFor(() => expect(enter).toHaveBeenCalledWith('/'))
  expect(accepted).toEqual([
    { token: 'secret', name: 'Ada Lovelace', password: 'short but longer' },
  ])
  expect(keptInvitation.read()).toBe('')
})

test('whoever has an account signs in first, and no address holds the secret', async () => {
  visit({ has_account: true })
  const link = await screen.findByRole('link', { name: 'Sign in to accept' })
  expect(link).toHaveAttribute('href', '/sign-in?return=%2Faccept-invitation')
  expect(keptInvitation.read()).toBe('secret')
})

test('whoever signed in meanwhile accepts with what the tab kept', async () => {
  keptInvitation.keep('secret')
  const { user } = visit({ at: '', has_account: true, signedIn: true })
  await user.click(await screen.findByRole('button', { name: 'Accept the invitation' }))
  await waitFor(() => expect(enter).toHaveBeenCalledWith('/'))
  expect(accepted).toEqual([{ token: 'secret' }])
})

test('whoever is signed in as another signs out first', async () => {
  server.use(http.delete('*/v1/session', () => HttpResponse.json({ done: true })))
  const { user } = visit({ email: 'grace@example.com', has_account: true, signedIn: true })
  expect(await screen.findByText(/You are signed in as ada@example.com/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Sign out and go on' }))
  await waitFor(() => expect(enter).toHaveBeenCalledWith('/sign-in?return=%2Faccept-invitation'))
  expect(keptInvitation.read()).toBe('secret')
})

test('a link that opens nothing says so', async () => {
  visit({ at: '#old', has_account: true })
  expect(await screen.findByText(/It was used, was revoked or has expired/)).toBeVisible()
})

test('a link without its secret says so', async () => {
  visit({ at: '', has_account: true })
  expect(await screen.findByText(/The link is not complete/)).toBeVisible()
})
