import { expect, test } from 'vitest'

import { kindOf, placesOf } from './kinds'

test('what an alert names can be opened, each thing once', () => {
  expect(
    placesOf('run.faulted', 'run.faulted:run_01h455vb4pex5vsknk084sn02q', {
      run_id: 'run_01h455vb4pex5vsknk084sn02q',
      flow: 'client-onboarding',
      connector: 'slack',
      attempts: 3,
    }),
  ).toEqual([
    { path: '/runs/run_01h455vb4pex5vsknk084sn02q', label: 'Open the run' },
    { path: '/flows/client-onboarding', label: 'Open the flow' },
    { path: '/connections/slack', label: 'Open the connection' },
  ])
  expect(placesOf('slow', 'slow', null)).toEqual([])
})

test('an alert of webhooks leads to them, and to the connection of their sender', () => {
  expect(
    placesOf('webhook.signature_invalid', 'webhook.signature_invalid:invoice_system', {
      source: 'invoice_system',
    }).map(({ path }) => path),
  ).toEqual(['/webhooks', '/connections/invoice_system'])
})

test('a kind that somebody else raised is shown as it is', () => {
  expect(kindOf('stock.too_low')).toEqual({ label: 'Stock too low', help: '' })
})
