import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'

import type { Schemas } from '~/api/api'
import type { Session } from '~/features/session/session'
import { http, problem } from '~mock/http'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as page from './ClientPage'

type Permission = Session['permissions'][number]

const AT = '2026-11-20T12:00:00Z'
const LATER = '2026-11-20T12:30:00Z'
const client: Schemas['ClientView'] = {
  client_id: 'client_1',
  company_name: 'TechFlow',
  email: 'ada@example.com',
  phone: '+1-555-0123',
  stage: 'intake',
  stage_since: AT,
  created_at: AT,
  updated_at: AT,
}
const sent: unknown[] = []
let stored = client

beforeEach(() => {
  sent.length = 0
  stored = client
  server.use(
    http.get('/v1/clients/{client_id}', ({ response }) => response(200).json(stored)),
    http.get('/v1/pipeline', ({ response }) =>
      response(200).json({ stages: [], at: AT } as unknown as Schemas['Pipeline']),
    ),
    http.get('/v1/today', ({ response }) =>
      response(200).json({ at: AT } as unknown as Schemas['Today']),
    ),
    ...['/v1/leads', '/v1/invoices', '/v1/memories'].map((path) =>
      http.get(path as '/v1/leads', ({ response }) => response(200).json({ items: [] })),
    ),
    http.get('/v1/clients/{client_id}/timeline', ({ response }) =>
      response(200).json({ items: [] }),
    ),
  )
})

async function visit(permissions: readonly Permission[] = ['read:clients', 'write:clients']) {
  const { user } = renderPage(page, {
    path: '/clients/:clientId',
    at: '/clients/client_1',
    session: { permissions: [...permissions] },
  })
  await user.click(await screen.findByRole('button', { name: 'Edit' }))
  return user
}

const drawer = async () => within(await screen.findByRole('dialog', { name: 'Edit the client' }))

test('a client is corrected: what was emptied is taken away, the rest is not sent', async () => {
  server.use(
    http.patch('/v1/clients/{client_id}', async ({ request, response }) => {
      sent.push(await request.json())
      const { phone: _, ...rest } = client
      stored = { ...rest, company_name: 'TechFlow Ltd', updated_at: LATER }
      return response(200).json(stored)
    }),
  )
  const user = await visit()
  const form = await drawer()
  const save = form.getByRole('button', { name: 'Save client' })
  expect(save).toHaveAttribute('aria-disabled', 'true')
  await user.type(form.getByLabelText(/Company/), ' Ltd')
  await user.clear(form.getByLabelText('Phone'))
  await user.click(form.getByRole('button', { name: 'Save client' }))
  await waitFor(() =>
    expect(sent).toEqual([{ company_name: 'TechFlow Ltd', phone: null, seen_updated_at: AT }]),
  )
  expect(await screen.findByRole('heading', { name: 'TechFlow Ltd' })).toBeVisible()
  expect(screen.getByText('TechFlow Ltd saved')).toBeVisible()
})

test('what the server refuses stands at its field', async () => {
  server.use(
    http.patch('/v1/clients/{client_id}', ({ response }) =>
      response.untyped(
        problem(422, 'invalid-input', {
          errors: [{ pointer: '/phone', detail: 'must be a phone number' }],
        }),
      ),
    ),
  )
  const user = await visit()
  const form = await drawer()
  await user.type(form.getByLabelText('Phone'), 'x')
  await user.click(form.getByRole('button', { name: 'Save client' }))
  expect(await form.findByText('Must be a phone number.')).toBeVisible()
})

test('what somebody else saved meanwhile is shown, and saved over only when asked again', async () => {
  server.use(
    http.patch('/v1/clients/{client_id}', async ({ request, response }) => {
      const body = await request.json()
      sent.push(body)
      if (body.seen_updated_at === LATER) {
        return response(200).json({ ...stored, industry: 'Farming' })
      }
      stored = { ...client, industry: 'Banking', contact_name: 'Grace', updated_at: LATER }
      return response.untyped(problem(409, 'changed-meanwhile', {}))
    }),
  )
  const user = await visit()
  const form = await drawer()
  await user.type(form.getByLabelText('Industry'), 'Farming')
  await user.click(form.getByRole('button', { name: 'Save client' }))
  expect(await form.findByText(/Somebody wrote “Banking” here/)).toBeVisible()
  expect(form.getByLabelText('Industry')).toHaveValue('Farming')
  expect(form.getByLabelText('Contact')).toHaveValue('Grace')
  await user.click(form.getByRole('button', { name: 'Save client' }))
  await waitFor(() => expect(sent.at(-1)).toEqual({ industry: 'Farming', seen_updated_at: LATER }))
})

test('who may not change clients is told why', async () => {
  await visit(['read:clients'])
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  expect(screen.getByRole('button', { name: 'Edit' })).toHaveAttribute('aria-disabled', 'true')
})
