import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'

import { client } from '~/api/api'
import { remedyFor } from '~/api/remedies'
import { problem } from '~mock/http'
import { owner, sessionHandler } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as accountPage from './AccountPage'
import { startAgain } from './otherTabs'
import { renewSession, useSession } from './session'
import { VerificationDialog } from './VerificationDialog'
import { askForProof } from './verification'

vi.mock('./otherTabs')

const CODES = ['abcde-fghij-kmnpq-rstuv', 'vwxyz-23456-789ab-cdefg']

const page = {
  ...accountPage,
  default: () => (
    <>
      <accountPage.default />
      <VerificationDialog />
    </>
  ),
}

beforeEach(() => {
  remedyFor('verification-needed', askForProof)
  remedyFor('csrf-refused', renewSession)
  server.use(
    http.get('*/v1/sessions', () => HttpResponse.json({ items: [] })),
    http.get('*/v1/passkeys', () => HttpResponse.json({ items: [] })),
  )
})

/** Asks for new recovery codes, which the server refuses until a proof was given. */
async function askForCodes(session: Partial<typeof owner>) {
  const tokens: (string | null)[] = []
  const proofs: unknown[] = []
  let isVerified = false
  const { user } = renderPage(page, { path: '/account', at: '/account', session })
  server.use(
    http.post('*/v1/recovery-codes', ({ request }) => {
      tokens.push(request.headers.get('X-CSRF-Token'))
      return isVerified
        ? HttpResponse.json({ recovery_codes: CODES })
        : problem(403, 'verification-needed')
    }),
    http.post('*/v1/session/verification', async ({ request }) => {
      proofs.push(await request.json())
      if (proofs.length === 1) {
        return problem(422, 'invalid', { errors: [{ pointer: '/password', detail: 'is wrong' }] })
      }
      isVerified = true
      server.use(sessionHandler({ ...owner, ...session, csrf_token: 'after-the-proof' }))
      return HttpResponse.json({ done: true })
    }),
  )
  await user.click(await screen.findByRole('button', { name: 'New recovery codes' }))
  await user.click(screen.getByRole('button', { name: 'Make new codes' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Confirm that it is you' }))
  return { user, dialog, tokens, proofs }
}

const withApp = { person: { ...owner.person, has_totp: true } }

test('what needs a proof is sent again by itself once it was given', async () => {
  const { user, dialog, tokens, proofs } = await askForCodes(withApp)
  await user.click(dialog.getByRole('button', { name: 'Use your password instead' }))
  await user.type(dialog.getByLabelText('Password'), 'wrong{Enter}')
  expect(await dialog.findByText('Is wrong.')).toBeVisible()

  await user.clear(dialog.getByLabelText('Password'))
  await user.type(dialog.getByLabelText('Password'), 'right{Enter}')
  expect(await screen.findByText(/abcde-fghij-kmnpq-rstuv/)).toBeVisible()
  expect(proofs).toEqual([{ password: 'wrong' }, { password: 'right' }])
  expect(tokens).toEqual([owner.csrf_token, 'after-the-proof'])
})

test('whoever would rather not prove it is told that nothing was changed', async () => {
  const { user, dialog, tokens } = await askForCodes(withApp)
  await user.click(dialog.getByRole('button', { name: 'Cancel' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('It needs a proof of who you are.')
  expect(tokens).toHaveLength(1)
})

test('a stale token is read again and the request repeated, once', async () => {
  const tokens: (string | null)[] = []
  const reader = { default: () => useSession().csrf_token }
  renderPage(reader, { path: '/', at: '/' })
  await screen.findByText(owner.csrf_token)
  server.use(
    sessionHandler({ ...owner, csrf_token: 'renewed' }),
    http.delete('*/v1/sessions', ({ request }) => {
      tokens.push(request.headers.get('X-CSRF-Token'))
      return problem(403, 'csrf-refused')
    }),
  )
  const { error } = await client.DELETE('/v1/sessions')
  await waitFor(() => expect(error).toMatchObject({ code: 'csrf-refused' }))
  expect(tokens).toEqual([owner.csrf_token, 'renewed'])
})

test('what was meant for one tenant is not sent to another that a tab went to', async () => {
  let sent = 0
  const reader = { default: () => useSession().csrf_token }
  renderPage(reader, { path: '/', at: '/' })
  await screen.findByText(owner.csrf_token)
  server.use(
    sessionHandler({
      ...owner,
      tenant: { ...(owner.tenant as NonNullable<typeof owner.tenant>), tenant_id: 'tenant_2' },
    }),
    http.delete('*/v1/sessions', () => {
      sent += 1
      return problem(403, 'csrf-refused')
    }),
  )
  await client.DELETE('/v1/sessions')
  expect(sent).toBe(1)
  expect(startAgain).toHaveBeenCalledOnce()
})
