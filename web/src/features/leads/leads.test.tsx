import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import type { Schemas } from '~/api/api'
import { http, problem } from '~mock/http'
import { owner } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as leadPage from './LeadPage'
import * as leadsPage from './LeadsPage'

const lead: Schemas['LeadDetail'] = {
  lead_id: 'lead_01h455vb4pex5vsknk084sn02q',
  client_id: 'client_01h455vb4pex5vsknk084sn02q',
  company_name: 'Ada & Co',
  contact_email: 'ada@example.com',
  source: 'web_form',
  status: 'open',
  submissions: 1,
  agent_generated: false,
  assigned_team: [],
  created_at: '2026-11-20T12:00:00Z',
  updated_at: '2026-11-21T12:00:00Z',
  intake: {
    budget: '<b>much</b>',
    key_services: ['Branding', 'Website'],
    contact: { via: 'post' },
  },
  custom_fields: {},
}

const visitList = (search = '') => renderPage(leadsPage, { path: '/leads', at: `/leads${search}` })

function visitLead(detail = lead, session = {}) {
  server.use(
    http.get('/v1/leads/{lead_id}', ({ response }) => response(200).json(detail)),
    http.get('/v1/deliverables', ({ response }) => response(200).json({ items: [] })),
  )
  return renderPage(leadPage, { path: '/leads/:leadId', at: `/leads/${lead.lead_id}`, session })
}

test('leads are filtered by their status in the address', async () => {
  server.use(
    http.get('/v1/leads', ({ query, response }) =>
      response(200).json({ items: query.get('status') === 'won' ? [] : [lead] }),
    ),
  )
  const { user, address } = visitList()
  await screen.findByRole('link', { name: 'Ada & Co' })

  await user.click(screen.getByRole('radio', { name: 'Won' }))
  expect(await screen.findByText('No lead fits the filters')).toBeVisible()
  expect(address()).toBe('/leads?status=won')
})

test('a lead is added, and its page opens', async () => {
  const sent: { body: unknown; key: string | null; csrf: string | null }[] = []
  server.use(
    http.get('/v1/leads', ({ response }) => response(200).json({ items: [] })),
    http.post('/v1/leads', async ({ request, response }) => {
      sent.push({
        body: await request.json(),
        key: request.headers.get('Idempotency-Key'),
        csrf: request.headers.get('X-CSRF-Token'),
      })
      if (sent.length === 1) {
        return response.untyped(
          problem(422, 'invalid', {
            errors: [{ pointer: '/contact_email', detail: 'has no such domain' }],
          }),
        )
      }
      return response(201).json({ ...lead, merged: false, client_created: true })
    }),
  )
  const { user, address } = visitList()

  await user.click(await screen.findByRole('button', { name: 'Add lead' }))
  const form = within(await screen.findByRole('dialog', { name: 'Add lead' }))
  await user.click(form.getByRole('button', { name: 'Add lead' }))
  expect(form.getByText('Enter the company’s name.')).toBeVisible()

  await user.type(form.getByLabelText(/^Company/), 'Ada & Co')
  await user.type(form.getByLabelText(/^E-mail/), 'ada@example.com')
  await user.type(form.getByLabelText(/^What they ask for/), 'An engine')
  await user.click(form.getByRole('button', { name: 'Add lead' }))
  expect(await form.findByText('Has no such domain.', { selector: 'p' })).toBeVisible()

  await user.click(form.getByRole('button', { name: 'Add lead' }))
  await waitFor(() => expect(address()).toBe(`/leads/${lead.lead_id}`))
  expect(sent[1]?.body).toEqual({
    source: 'web_app',
    company_name: 'Ada & Co',
    contact_email: 'ada@example.com',
    intake: { message: 'An engine' },
  })
  expect(sent[0]?.key).toBeTruthy()
  expect(sent[1]?.key).toBe(sent[0]?.key)
  expect(sent[1]?.csrf).toBe(owner.csrf_token)
})

test('what the client wrote is shown as text', async () => {
  visitLead()
  expect(await screen.findByText('<b>much</b>')).toBeVisible()
  expect(screen.getByText('Branding')).toBeVisible()
})

test('an assessment is saved, and the page shows it at once', async () => {
  const assessed = {
    ...lead,
    complexity_score: 7,
    estimated_hours: 120,
    recommended_package: 'premium',
    summary: 'Wants an engine.',
  }
  server.use(
    http.put('/v1/leads/{lead_id}/assessment', async ({ request, response }) => {
      expect(await request.json()).toEqual({
        summary: 'Wants an engine.',
        complexity_score: 7,
        estimated_hours: 120,
        recommended_package: 'premium',
      })
      return response(200).json(assessed)
    }),
  )
  const { user } = visitLead()

  await user.click(await screen.findByRole('button', { name: 'Assess' }))
  await user.type(screen.getByLabelText(/^Summary/), 'Wants an engine.')
  await user.type(screen.getByLabelText(/^Complexity/), '7')
  await user.type(screen.getByLabelText(/^Estimated hours/), '120')
  await user.type(screen.getByLabelText(/^Package/), 'premium')
  await user.click(screen.getByRole('button', { name: 'Save assessment' }))

  expect(await screen.findByText('Wants an engine.', { selector: 'p' })).toBeVisible()
  expect(screen.getByRole('button', { name: 'Assess again' })).toBeVisible()
})

test('only what was changed of a sale is sent', async () => {
  const sold = { ...lead, sales_status: 'proposal_sent', next_milestone: 'Kick-off' }
  const sent: unknown[] = []
  server.use(
    http.patch('/v1/leads/{lead_id}/status', async ({ request, response }) => {
      sent.push(await request.json())
      return response(200).json(sold)
    }),
  )
  const { user } = visitLead(sold)

  await user.click(await screen.findByRole('button', { name: 'Update sale' }))
  const form = within(await screen.findByRole('dialog', { name: 'Update the sale' }))
  await user.type(form.getByLabelText(/^Paid so far, in GBP/), '15000.00')
  await user.click(form.getByRole('button', { name: 'Update sale' }))
  await waitFor(() => expect(sent).toEqual([{ amount_paid: '15000.00' }]))
})

test('who may not change leads is told why', async () => {
  const permissions: Schemas['Permission'][] = ['read:leads']
  const { user } = visitLead(lead, { role: 'staff', permissions })

  const assess = await screen.findByRole('button', { name: 'Assess' })
  expect(assess).toHaveAttribute('aria-disabled', 'true')
  await user.click(assess)
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  expect(await screen.findByText(/does not have the permission write:leads/)).toBeVisible()
  expect(screen.queryByRole('heading', { name: 'Deliverables' })).not.toBeInTheDocument()
})

test('a lead that is not there is said to be not found', async () => {
  server.use(
    http.get('/v1/leads/{lead_id}', ({ response }) => response.untyped(problem(404, 'not-found'))),
    http.get('/v1/deliverables', ({ response }) => response(200).json({ items: [] })),
  )
  renderPage(leadPage, { path: '/leads/:leadId', at: `/leads/${lead.lead_id}` })
  expect(await screen.findByText('Not found')).toBeVisible()
})
