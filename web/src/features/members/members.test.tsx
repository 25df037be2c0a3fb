import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import type { Permission } from '~/features/session/may'
import { http, problem } from '~mock/http'
import { owner } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as membersPage from './MembersPage'
import type { Role } from './queries'
import { areasOf, covers, extentOf, roleName } from './roles'

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

const role = (name: string, permissions: Permission[], more: Partial<Role> = {}): Role => ({
  name,
  description: '',
  is_built_in: false,
  permissions,
  member_count: 0,
  token_count: 0,
  ...more,
})
const ADMINS: Permission[] = ['read:members', 'write:members', 'read:leads']
const roles: Role[] = [
  role('owner', [...ADMINS, 'write:tenant'], { is_built_in: true, member_count: 1 }),
  role('admin', ADMINS, { is_built_in: true }),
  role('manager', ['read:members', 'read:leads'], { is_built_in: true }),
  role('staff', ['read:leads'], { is_built_in: true, member_count: 1 }),
  role('qa', ['read:leads'], { description: 'Checks what goes out.', member_count: 1 }),
]
const permissions = [
  { permission: 'read:leads', means: 'See leads' },
  { permission: 'write:tenant', means: 'Change the tenant' },
  { permission: 'read:self', means: 'See what one may do' },
] as const

beforeEach(() => {
  server.use(
    http.get('/v1/roles', ({ response }) =>
      response(200).json({ items: roles, permissions: [...permissions] }),
    ),
    http.get('/v1/members', ({ response }) => response(200).json({ items: [ada, grace] })),
    http.get('/v1/invitations', ({ response }) => response(200).json({ items: [invitation] })),
  )
})

function visit(role: 'owner' | 'admin' | 'manager' = 'owner') {
  return renderPage(membersPage, {
    path: '/settings/members',
    at: '/settings/members',
    session: { role, permissions: roles.find(({ name }) => name === role)?.permissions ?? [] },
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

test('a role of one’s own is made of permissions that one has', async () => {
  const sent: unknown[] = []
  server.use(
    http.put('/v1/roles/{name}', async ({ request, params, response }) => {
      sent.push(params.name, await request.json())
      return response(200).json({ name: 'sales_director', permissions: [], is_new: true })
    }),
  )
  const { user } = visit('admin')
  await user.click(await screen.findByRole('button', { name: 'New role' }))
  const form = within(await screen.findByRole('dialog', { name: 'New role' }))
  await user.click(form.getByRole('button', { name: 'Make role' }))
  await user.type(form.getByLabelText('Name'), 'Sales director')
  expect(form.getByText('Programs know it as sales_director.')).toBeVisible()
  expect(form.getByRole('checkbox', { name: 'Change the tenant' })).toBeDisabled()
  await user.click(form.getByRole('button', { name: 'Make role' }))
  expect(await form.findByText('Choose at least one thing.')).toBeVisible()
  await user.click(form.getByRole('checkbox', { name: 'See leads' }))
  await user.click(form.getByRole('button', { name: 'Make role' }))
  await waitFor(() => expect(sent).toEqual(['sales_director', { permissions: ['read:leads'] }]))
  expect(await screen.findByText('Role made')).toBeVisible()
})

test('a role that somebody has is not deleted, and built-in ones have no actions', async () => {
  const { user } = visit()
  const row = within(
    (await screen.findByText('Checks what goes out.')).closest('tr') as HTMLElement,
  )
  const remove = row.getByRole('button', { name: 'Delete' })
  expect(remove).toHaveAttribute('aria-disabled', 'true')
  await user.hover(remove)
  expect(await screen.findByText(/Give its members another role/)).toBeInTheDocument()
  expect(screen.getAllByText('Built in')).toHaveLength(4)
})

test('a role covers what permits nothing beyond it', () => {
  expect(covers(['read:leads', 'write:leads'], role('qa', ['read:leads']))).toBe(true)
  expect(covers(['read:leads'], role('qa', ['read:leads', 'write:leads']))).toBe(false)
  expect(covers(['read:leads'], undefined)).toBe(false)
})

test('what is typed becomes a name of letters, digits and underscores', () => {
  expect(roleName('  Sales director (EU) ')).toBe('sales_director_eu')
  expect(roleName('2nd line')).toBe('nd_line')
  expect(roleName('!')).toBe('')
})

test('an area says how far a role reaches', () => {
  const [leads] = areasOf(['read:leads', 'write:leads', 'read:self'])
  if (!leads) throw new Error('no area')
  expect(extentOf(role('a', ['read:leads', 'write:leads']), leads)).toBe('Full')
  expect(extentOf(role('b', ['read:leads']), leads)).toBe('Read')
  expect(extentOf(role('c', []), leads)).toBe('None')
})
