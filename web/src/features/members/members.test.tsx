import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'

import { http, problem } from '~mock/http'
import { owner } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as membersPage from './MembersPage'
import { covers } from './roles'

const AT = '2026-11-20T12:00:00Z'
const ada = {
  person_id: owner.person.person_id,
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  role: 'owner',
  has_totp: true,
  has_passkey: false,
  joined_at: AT,
} as const
const grace = {
  ...ada,
  person_id: 'person_2',
  name: 'Grace Hopper',
  email: 'grace@example.com',
  role: 'staff',
  has_totp: false,
  has_passkey: false,
} as const
const invitation = {
  invitation_id: 'invite_1',
  email: 'mary@example.com',
  role: 'manager',
  invited_by: `member:${ada.person_id}`,
  created_at: AT,
  expires_at: '2026-11-27T12:00:00Z',
} as const

beforeEach(() => {
  server.use(
    http.get('/v1/members', ({ response }) => response(200).json({ items: [ada, grace] })),
    http.get('/v1/invitations', ({ response }) => response(200).json({ items: [invitation] })),
  )
})

function visit(role: 'owner' | 'admin' | 'manager' = 'owner') {
  const may = ['read:members', 'write:members'] as const
  return renderPage(membersPage, {
    path: '/settings/members',
    at: '/settings/members',
    session: { role, permissions: role === 'manager' ? ['read:members'] : [...may] },
  })
}

async function rowOf(email: string) {
  return within((await screen.findByText(email)).closest('tr') as HTMLElement)
}

test('a member gets another role', async () => {
  const sent: unknown[] = []
  server.use(
    http.patch('/v1/members/{person_id}', async ({ request, params, response }) => {
      sent.push(params.person_id, await request.json())
      return response(200).json({ person_id: 'person_2', role: 'manager' })
    }),
  )
  const { user } = visit()
  await user.click((await rowOf('grace@example.com')).getByRole('button', { name: 'Change role' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Role of Grace Hopper' }))
  await user.click(dialog.getByRole('radio', { name: /Manager/ }))
  await user.click(dialog.getByRole('button', { name: 'Change role' }))
  await waitFor(() => expect(sent).toEqual(['person_2', { role: 'manager' }]))
  expect(await screen.findByText('Role changed')).toBeVisible()
})

test('the only owner stays one', async () => {
  const { user } = visit()
  const change = (await rowOf('ada@example.com')).getByRole('button', { name: 'Change role' })
  expect(change).toHaveAttribute('aria-disabled', 'true')
  await user.hover(change)
  expect(await screen.findByText(/This is the only owner/)).toBeInTheDocument()
})

test('an admin neither touches an owner nor makes one', async () => {
  const { user } = visit('admin')
  const remove = (await rowOf('ada@example.com')).getByRole('button', { name: 'Leave' })
  expect(remove).toHaveAttribute('aria-disabled', 'true')
  await user.click((await rowOf('grace@example.com')).getByRole('button', { name: 'Change role' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(dialog.getByRole('radio', { name: /Owner/ })).toBeDisabled()
  expect(dialog.getByRole('radio', { name: /Admin/ })).toBeEnabled()
})

test('whoever may only read cannot invite', async () => {
  visit('manager')
  const invite = await screen.findByRole('button', { name: 'Invite member' })
  expect(invite).toHaveAttribute('aria-disabled', 'true')
})

test('an invitation shows its link once, and says that no e-mail went out', async () => {
  server.use(
    http.post('/v1/invitations', ({ response }) =>
      response(201).json({
        ...invitation,
        email: 'joan@example.com',
        link: 'https://handoff.example/accept-invitation#secret',
        is_mailed: false,
        mail_problem: 'there is no e-mail connection',
      }),
    ),
  )
  const { user } = visit()
  await user.click(await screen.findByRole('button', { name: 'Invite member' }))
  const form = within(await screen.findByRole('dialog', { name: 'Invite member' }))
  await user.type(form.getByLabelText('E-mail'), 'joan@example.com')
  await user.click(form.getByRole('button', { name: 'Invite' }))
  const shown = within(await screen.findByRole('dialog', { name: 'joan@example.com is invited' }))
  expect(shown.getByText('https://handoff.example/accept-invitation#secret')).toBeVisible()
  expect(shown.getByText(/There is no e-mail connection\. Hand the link/)).toBeVisible()
})

test('a refusal to invite is said at the address', async () => {
  server.use(
    http.post('/v1/invitations', ({ response }) =>
      response.untyped(
        problem(422, 'invalid', { errors: [{ pointer: '/email', detail: 'is a member already' }] }),
      ),
    ),
  )
  const { user } = visit()
  await user.click(await screen.findByRole('button', { name: 'Invite member' }))
  const form = within(await screen.findByRole('dialog', { name: 'Invite member' }))
  await user.type(form.getByLabelText('E-mail'), 'grace@example.com{Enter}')
  expect(await form.findByText('Is a member already.')).toBeVisible()
})

test('an open invitation names who invited and is revoked after a question', async () => {
  const revoked: string[] = []
  server.use(
    http.delete('/v1/invitations/{invitation_id}', ({ params, response }) => {
      revoked.push(params.invitation_id)
      return response(200).json({ invitation_id: params.invitation_id })
    }),
  )
  const { user } = visit()
  const row = await rowOf('mary@example.com')
  expect(row.getByText('Ada Lovelace')).toBeVisible()
  await user.click(row.getByRole('button', { name: 'Revoke' }))
  await user.click(await screen.findByRole('button', { name: 'Revoke invitation' }))
  await waitFor(() => expect(revoked).toEqual(['invite_1']))
})

test('a role covers those below it', () => {
  expect(covers('owner', 'owner')).toBe(true)
  expect(covers('admin', 'owner')).toBe(false)
  expect(covers('admin', 'partner')).toBe(true)
  expect(covers('staff', 'manager')).toBe(false)
  expect(covers(undefined, 'staff')).toBe(false)
})
