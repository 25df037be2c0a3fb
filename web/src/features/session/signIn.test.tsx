import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'

import { problem } from '~mock/http'
import { owner, sessionHandler } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import { enter } from './otherTabs'
import * as signInPage from './SignInPage'

vi.mock('./otherTabs')

beforeEach(() => {
  vi.mocked(enter).mockReset()
})

const signedOut = http.get('*/v1/session', () => problem(401, 'unauthenticated'))

async function signIn(at = '/sign-in') {
  const { user } = renderPage(signInPage, { path: '/sign-in', at })
  server.use(signedOut)
  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com')
  await user.type(screen.getByLabelText('Password'), 'correct horse battery')
  return user
}

test('after signing in one is where one wanted to go', async () => {
  const user = await signIn('/sign-in?return=%2Fleads%3Fstatus%3Dopen')
  server.use(
    http.post('*/v1/session', () => {
      server.use(sessionHandler(owner))
      return HttpResponse.json({ state: 'signed_in' })
    }),
  )
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
  await waitFor(() => expect(enter).toHaveBeenCalledWith('/leads?status=open'))
})

test('after too many tries the button says how long to wait', async () => {
  const user = await signIn()
  server.use(
    http.post('*/v1/session', () => {
      const answer = problem(429, 'too-many-requests')
      answer.headers.set('Retry-After', '2')
      return answer
    }),
  )
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Too many tries failed')
  expect(screen.getByRole('button', { name: /^Try again in \d/ })).toBeDisabled()
  expect(await screen.findByRole('button', { name: 'Sign in' })).toBeEnabled()
  expect(screen.queryByRole('alert')).not.toBeInTheDocument()
})

test('a browser that keeps no cookie is told so, instead of being asked again and again', async () => {
  const user = await signIn()
  server.use(http.post('*/v1/session', () => HttpResponse.json({ state: 'signed_in' })))
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('did not keep the session')
  expect(enter).not.toHaveBeenCalled()
})

test('a recovery code stands in for the app', async () => {
  const sent: unknown[] = []
  server.use(
    http.post('*/v1/session/second-factor', async ({ request }) => {
      sent.push(await request.json())
      server.use(sessionHandler(owner))
      return HttpResponse.json({ state: 'signed_in' })
    }),
  )
  const { user } = renderPage(signInPage, {
    path: '/sign-in',
    at: '/sign-in',
    session: { state: 'second_factor' },
  })
  await user.type(await screen.findByLabelText('Code'), '12{Enter}')
  expect(screen.getByText('Enter the six digits.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Use a recovery code instead' }))
  await user.type(screen.getByLabelText('Recovery code'), 'abcde-fghij-kmnpq-rstuv{Enter}')
  await waitFor(() => expect(enter).toHaveBeenCalledWith('/'))
  expect(sent).toEqual([{ code: 'abcde-fghij-kmnpq-rstuv' }])
})

test('a code that comes too late leads back to the password', async () => {
  server.use(http.post('*/v1/session/second-factor', () => problem(401, 'unauthenticated')))
  const { user } = renderPage(signInPage, {
    path: '/sign-in',
    at: '/sign-in',
    session: { state: 'second_factor' },
  })
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}')
  expect(await screen.findByText(/Start again with your password/)).toBeVisible()
  expect(screen.getByLabelText('Password')).toBeVisible()
})
