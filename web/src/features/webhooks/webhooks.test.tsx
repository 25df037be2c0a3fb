import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'

import type { Schemas } from '~/api/api'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as ReceivedWebhook from './ReceivedWebhookPage'
import * as Subscriptions from './SubscriptionsPage'

const ID = 'whd_01h455vb4pex5vsknk084sn02q'

const invalid: Schemas['WebhookDetail'] = {
  delivery_id: ID,
  source: 'invoice_system',
  type: 'client.intake.submitted',
  status: 'invalid',
  reason: 'contact_email is required',
  event_key: null,
  verified_by: 'x-mwd-signature',
  response_status: 422,
  duplicates: 0,
  replays: 0,
  event_id: null,
  run_id: null,
  received_at: '2026-11-22T12:00:00Z',
  headers: { 'content-type': 'application/json' },
  body: '{"company_name":"<img src=x onerror=alert(1)>"}',
  response_body: '',
}

const permissions: Schemas['Permission'][] = ['read:webhooks', 'write:webhooks', 'read:runs']

test('a replay is tried dry first, and done when it is confirmed', async () => {
  const asked: boolean[] = []
  server.use(
    http.get(`*/v1/webhooks/${ID}`, () => HttpResponse.json(invalid)),
    http.post(`*/v1/webhooks/${ID}/replay`, async ({ request }) => {
      const { dry_run } = (await request.json()) as { dry_run: boolean }
      asked.push(dry_run)
      return HttpResponse.json({
        delivery_id: ID,
        dry_run,
        outcome: 'accepted',
        detail: dry_run ? 'it would be accepted, and start its flow' : 'it is accepted now',
      })
    }),
  )
  const { user } = renderPage(ReceivedWebhook, {
    path: '/webhooks/received/:deliveryId',
    at: `/webhooks/received/${ID}`,
    session: { permissions },
  })
  expect(await screen.findByText('contact_email is required')).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Replay…' }))
  const dialog = await screen.findByRole('dialog')
  expect(
    await within(dialog).findByText('It would be accepted, and start its flow.'),
  ).toBeInTheDocument()
  expect(asked).toEqual([true])
  await user.click(within(dialog).getByRole('button', { name: 'Replay' }))
  expect(await screen.findByText('Replayed: it is accepted now')).toBeInTheDocument()
  expect(asked).toEqual([true, false])
})

test('what a sender wrote is text', async () => {
  server.use(http.get(`*/v1/webhooks/${ID}`, () => HttpResponse.json(invalid)))
  renderPage(ReceivedWebhook, {
    path: '/webhooks/received/:deliveryId',
    at: `/webhooks/received/${ID}`,
    session: { permissions },
  })
  expect(await screen.findByText(/<img src=x onerror=alert\(1\)>/)).toBeInTheDocument()
  expect(document.querySelector('img')).toBeNull()
})

test('whoever may only read is told why nothing can be replayed', async () => {
  server.use(http.get(`*/v1/webhooks/${ID}`, () => HttpResponse.json(invalid)))
  const { user } = renderPage(ReceivedWebhook, {
    path: '/webhooks/received/:deliveryId',
    at: `/webhooks/received/${ID}`,
    session: { permissions: ['read:webhooks'] },
  })
  const button = await screen.findByRole('button', { name: 'Replay…' })
  expect(button).toHaveAttribute('aria-disabled', 'true')
  await user.click(button)
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('the secret of a new subscription is shown once', async () => {
  const subscription = {
    subscription_id: 'whs_01h455vb4pex5vsknk084sn02q',
    url: 'https://hooks.example.com/handoff',
    event_types: ['lead.*'],
    format: 'standard',
    status: 'active',
    has_bearer: false,
    created_at: '2026-11-22T12:00:00Z',
    updated_at: '2026-11-22T12:00:00Z',
  }
  let sent: unknown
  server.use(
    http.get('*/v1/webhook-subscriptions', () => HttpResponse.json({ items: [] })),
    http.get('*/v1/webhook-statistics', () => new HttpResponse(null, { status: 404 })),
    http.post('*/v1/webhook-subscriptions', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json({ ...subscription, secret: 'whsec_c2VzYW1l' }, { status: 201 })
    }),
  )
  const { user, address } = renderPage(Subscriptions, {
    path: '/webhooks/subscriptions',
    at: '/webhooks/subscriptions',
    session: { permissions },
  })
  expect(await screen.findByText('Nobody is told of events yet')).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Subscribe' }))
  await user.click(await screen.findByLabelText(/Address/))
  await user.paste('https://hooks.example.com/handoff')
  await user.click(screen.getByLabelText(/Leads/))
  const drawer = screen.getByRole('dialog')
  await user.click(within(drawer).getByText('Subscribe'))
  expect(await screen.findByText('whsec_c2VzYW1l')).toBeInTheDocument()
  expect(sent).toEqual({
    url: 'https://hooks.example.com/handoff',
    event_types: ['lead.*'],
    format: 'standard',
  })
  await user.click(screen.getByText('I have stored it'))
  expect(address()).toBe(`/webhooks/subscriptions/${subscription.subscription_id}`)
  expect(screen.queryByText('whsec_c2VzYW1l')).toBeNull()
})
