import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'

import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as Retention from './RetentionPage'
import * as Tokens from './tokens/TokensPage'

const AGENT = {
  name: 'agent',
  description: 'A program.',
  is_built_in: true,
  permissions: ['read:tokens'],
  member_count: 0,
  token_count: 0,
}

test('a token for an agent that reads is made and shown once', async () => {
  let sent: unknown
  server.use(
    http.get('*/v1/tokens', () => HttpResponse.json({ items: [] })),
    http.get('*/v1/roles', () => HttpResponse.json({ items: [AGENT], permissions: [] })),
    http.post('*/v1/tokens', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json(
        {
          token_id: '0a1B2c3D4e5F',
          name: 'claude',
          role: 'agent',
          mcp: 'reader',
          rate_per_minute: 600,
          created_at: '2026-11-22T12:00:00Z',
          token: 'hof_0a1B2c3D4e5F_sesame',
        },
        { status: 201 },
      )
    }),
  )
  const { user } = renderPage(Tokens, {
    path: '/settings/tokens',
    at: '/settings/tokens',
    session: { permissions: ['read:tokens', 'write:tokens'] },
  })
  await user.click(await screen.findByRole('button', { name: 'Create token' }))
  const drawer = await screen.findByRole('dialog')
  await user.type(within(drawer).getByLabelText(/Name/), 'claude')
  await user.click(within(drawer).getByLabelText('An AI agent that reads'))
  await user.click(within(drawer).getByRole('button', { name: 'Create token' }))
  expect(await screen.findByText('hof_0a1B2c3D4e5F_sesame')).toBeInTheDocument()
  expect(screen.getByText(/claude mcp add/)).toBeInTheDocument()
  expect(sent).toEqual({ name: 'claude', role: 'agent', mcp: 'reader', expires_in_days: 90 })
})

test('runs are kept shorter only when that is confirmed', async () => {
  let kept: number | null = 365
  server.use(
    http.get('*/v1/retention', () => HttpResponse.json({ run_days: kept })),
    http.put('*/v1/retention', async ({ request }) => {
      kept = ((await request.json()) as { run_days: number | null }).run_days
      return HttpResponse.json({ run_days: kept })
    }),
  )
  const { user } = renderPage(Retention, {
    path: '/settings/retention',
    at: '/settings/retention',
    session: { permissions: ['read:tenant', 'write:tenant'] },
  })
  const days = await screen.findByLabelText('Days')
  await user.clear(days)
  await user.type(days, '30')
  await user.click(screen.getByRole('button', { name: 'Save' }))
  expect(await screen.findByText(/30 days ago are removed within an hour/)).toBeInTheDocument()
  expect(kept).toBe(365)
  await user.click(screen.getByRole('button', { name: 'Keep them shorter' }))
  expect(await screen.findByText('Retention saved')).toBeInTheDocument()
  expect(kept).toBe(30)
})
