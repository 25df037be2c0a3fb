import { expect, test } from 'vitest'

import { pageOf } from './subjects'

test.each([
  ['lead_01h455vb4pex5vsknk084sn02q', '/leads/lead_01h455vb4pex5vsknk084sn02q'],
  ['whm_01h455vb4pex5vsknk084sn02q', '/webhooks/sent/whm_01h455vb4pex5vsknk084sn02q'],
  ['alert_01h455vb4pex5vsknk084sn02q', undefined],
  ['toString', undefined],
  ['client-onboarding', undefined],
])('the page of %s', (id, page) => {
  expect(pageOf(id)).toBe(page)
})
