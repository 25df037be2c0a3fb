import { expect, test } from 'vitest'

import { isName, pageOf } from './subjects'

test.each([
  ['lead_01h455vb4pex5vsknk084sn02q', '/leads/lead_01h455vb4pex5vsknk084sn02q'],
  ['whm_01h455vb4pex5vsknk084sn02q', '/webhooks/sent/whm_01h455vb4pex5vsknk084sn02q'],
  ['alert_01h455vb4pex5vsknk084sn02q', undefined],
  ['toString', undefined],
  ['client-onboarding', undefined],
])('the page of %s', (id, page) => {
  expect(pageOf(id)).toBe(page)
})

test.each([
  ['client-onboarding', true],
  ['proof_reader', true],
  ['lead_01h455vb4pex5vsknk084sn02q', false],
  ['b14d0609-cb84-4dc8-b00f-069ba9b1b0ad', false],
  ['BIrR9fhbj2TM', false],
])('%s is a name: %s', (id, is) => {
  expect(isName(id)).toBe(is)
})
