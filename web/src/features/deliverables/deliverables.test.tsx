import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'

import type { Schemas } from '~/api/api'
import { http, problem } from '~mock/http'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as page from './DeliverablePage'

const AT = '2026-11-20T12:00:00Z'
const deliverable: Schemas['DeliverableDetail'] = {
  deliverable_id: 'deliv_1',
  lead_id: 'lead_1',
  type: 'branding_strategy',
  status: 'approved',
  ai_model: 'offline-template',
  is_attached: true,
  generated_at: AT,
  created_at: AT,
  updated_at: AT,
  content: {},
  markdown: '# As it was',
}
const sent: unknown[] = []

beforeEach(() => {
  sent.length = 0
  server.use(
    http.get('/v1/deliverables/{deliverable_id}', ({ response }) =>
      response(200).json(deliverable),
    ),
    http.get('/v1/leads/{lead_id}', ({ response }) =>
      response.untyped(
        new Response(
          JSON.stringify({ lead_id: 'lead_1', client_id: 'client_1', company_name: 'TechFlow' }),
          { headers: { 'content-type': 'application/json' } },
        ),
      ),
    ),
  )
})

async function edit(text: string) {
  const { user } = renderPage(page, {
    path: '/deliverables/:deliverableId',
    at: '/deliverables/deliv_1',
    session: { permissions: ['read:deliverables', 'read:leads', 'write:deliverables'] },
  })
  await user.click(await screen.findByRole('button', { name: 'Edit' }))
  const drawer = within(await screen.findByRole('dialog', { name: 'Edit the text' }))
  const field = drawer.getByLabelText('Text, in Markdown')
  await user.clear(field)
  await user.type(field, text)
  await user.click(drawer.getByRole('button', { name: 'Save text' }))
  return drawer
}

test('a text is changed by hand, and what was generated is kept in sight', async () => {
  server.use(
    http.patch('/v1/deliverables/{deliverable_id}', async ({ request, response }) => {
      sent.push(await request.json())
      return response(200).json({
        ...deliverable,
        status: 'pending_review',
        markdown: '# By hand',
        generated_markdown: deliverable.markdown,
        edited_by: 'token:1',
        edited_at: AT,
      })
    }),
  )
  await edit('# By hand')
  await waitFor(() => expect(sent).toEqual([{ markdown: '# By hand', seen_updated_at: AT }]))
  expect(await screen.findByRole('heading', { name: 'By hand' })).toBeVisible()
  expect(screen.getByText('As it was generated')).toBeVisible()
  expect(screen.getByText('As it was')).toBeVisible()
})

test('what somebody else saved meanwhile is not overwritten, and nothing typed is lost', async () => {
  server.use(
    http.patch('/v1/deliverables/{deliverable_id}', ({ response }) =>
      response.untyped(
        problem(409, 'changed-meanwhile', { detail: 'somebody changed it; read it again' }),
      ),
    ),
  )
  const drawer = await edit('# Mine')
  expect(await drawer.findByText(/Somebody changed it/)).toBeVisible()
  expect(drawer.getByLabelText('Text, in Markdown')).toHaveValue('# Mine')
})

test('a review that somebody else gave meanwhile is not overturned unseen', async () => {
  server.use(
    http.get('/v1/deliverables/{deliverable_id}', ({ response }) =>
      response(200).json({ ...deliverable, status: 'pending_review' }),
    ),
    http.put('/v1/deliverables/{deliverable_id}/review', async ({ request, response }) => {
      sent.push(await request.json())
      const detail = 'somebody edited or reviewed it meanwhile; read it again first'
      return response.untyped(problem(409, 'changed-meanwhile', { detail }))
    }),
  )
  const { user } = renderPage(page, {
    path: '/deliverables/:deliverableId',
    at: '/deliverables/deliv_1',
    session: { permissions: ['read:deliverables', 'read:leads', 'review:deliverables'] },
  })
  await user.click(await screen.findByRole('button', { name: 'Approve' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.click(dialog.getByRole('button', { name: 'Approve' }))
  expect(await dialog.findByText(/reviewed it meanwhile/)).toBeVisible()
  expect(sent).toEqual([{ decision: 'approve', seen_updated_at: AT }])
})
