import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'

import { problem } from '~mock/http'
import { owner, sessionHandler } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as accountPage from './AccountPage'
import { browserName } from './browserName'
import * as resetPage from './ResetPasswordPage'
import { returnAddress } from './returnAddress'
import * as signInPage from './SignInPage'

const signedOut = http.get('*/v1/session', () => problem(401, 'unauthenticated'))

function visitSignIn() {
  const visit = renderPage(signInPage, { path: '/sign-in', at: '/sign-in' })
  server.use(signedOut)
  return visit
}

test('a wrong password is said above the button', async () => {
  server.use(
    http.post('*/v1/session', () =>
      problem(401, 'sign-in-refused', { detail: 'the e-mail address or the password is wrong' }),
    ),
  )
  const { user } = visitSignIn()

  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com')
  await user.type(screen.getByLabelText('Password'), 'wrong')
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
  expect(await screen.findByRole('alert')).toHaveTextContent(
    'The e-mail address or the password is wrong.',
  )
})

test('an account with a second factor asks for its code, with the token of the new session', async () => {
  const sent: unknown[] = []
  server.use(
    http.post('*/v1/session', () => {
      server.use(sessionHandler({ ...owner, state: 'second_factor', csrf_token: 'half' }))
      return HttpResponse.json({ state: 'second_factor' })
    }),
    http.post('*/v1/session/second-factor', async ({ request }) => {
      sent.push(await request.json(), request.headers.get('X-CSRF-Token'))
      return problem(422, 'invalid', { errors: [{ pointer: '/code', detail: 'is wrong' }] })
    }),
  )
  const { user } = visitSignIn()

  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com')
  await user.type(screen.getByLabelText('Password'), 'right{Enter}')
  await user.type(await screen.findByLabelText('Code'), '123 456{Enter}')
  await waitFor(() => expect(sent).toEqual([{ code: '123456' }, 'half']))
  expect(await screen.findByText('Is wrong.')).toBeVisible()
})

test('whoever left between the password and the code is asked for the code', async () => {
  renderPage(signInPage, {
    path: '/sign-in',
    at: '/sign-in',
    session: { state: 'second_factor' },
  })
  expect(await screen.findByLabelText('Code')).toBeVisible()
})

test('whoever is signed in already goes where they wanted to', async () => {
  const { address } = renderPage(signInPage, {
    path: '/sign-in',
    at: '/sign-in?return=%2Fleads',
  })
  await waitFor(() => expect(address()).toBe('/leads'))
})

test('a new password is chosen with what follows # in the link', async () => {
  const sent: unknown[] = []
  server.use(
    http.put('*/v1/password-reset', async ({ request }) => {
      sent.push(await request.json())
      return HttpResponse.json({ done: true })
    }),
  )
  const { user } = renderPage(resetPage, { path: '/reset-password', at: '/reset-password#secret' })

  await user.type(await screen.findByLabelText('New password'), 'short{Enter}')
  expect(screen.getByText(/at least 12 characters/)).toBeVisible()
  await user.type(screen.getByLabelText('New password'), ' but longer{Enter}')
  expect(await screen.findByRole('link', { name: 'Sign in' })).toBeVisible()
  expect(sent).toEqual([{ token: 'secret', new_password: 'short but longer' }])
})

test('other browsers are signed out from the account page', async () => {
  const session = {
    session_id: 'session_1',
    is_current: true,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    created_at: '2026-11-20T12:00:00Z',
    last_seen_at: '2026-11-21T12:00:00Z',
  }
  const ended: string[] = []
  server.use(
    http.get('*/v1/passkeys', () => HttpResponse.json({ items: [] })),
    http.get('*/v1/sessions', () =>
      HttpResponse.json({
        items: [session, { ...session, session_id: 'session_2', is_current: false }],
      }),
    ),
    http.delete('*/v1/sessions/:id', ({ params }) => {
      ended.push(String(params.id))
      return HttpResponse.json({ done: true })
    }),
  )
  const { user } = renderPage(accountPage, { path: '/account', at: '/account' })

  expect(await screen.findByText('This browser')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Sign out' }))
  await waitFor(() => expect(ended).toEqual(['session_2']))
})

test('browsers are named as far as they say what they are', () => {
  expect(browserName('Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140')).toBe(
    'Edge on Windows',
  )
  expect(browserName('curl/8.5')).toBe('curl/8.5')
  expect(browserName()).toBe('Unknown browser')
})

test('after signing in only our own pages are gone to', () => {
  expect(returnAddress('/leads?status=open')).toBe('/leads?status=open')
  expect(returnAddress('//evil.example/x')).toBe('/')
  expect(returnAddress('https://evil.example/x')).toBe('/')
  expect(returnAddress('javascript:alert(1)')).toBe('/')
  expect(returnAddress('/\\evil.example')).toBe('/')
  expect(returnAddress(null)).toBe('/')
})
