import { expect, test } from 'vitest'

import type { Schemas } from '~/api/api'
import { conditionOf } from './queries'

const RULE: Schemas['AlertRule'] = {
  rule: 'webhook_delivery_failures',
  enabled: true,
  threshold: 5,
  unit: 'percent',
  window_minutes: 60,
  minimum_samples: 5,
  severity: 'critical',
  notify: true,
  is_default: true,
}

test.each([
  [{}, 'More than 5% of at least 5 within 1 h'],
  [
    { unit: 'milliseconds', threshold: 5_000, window_minutes: 15, minimum_samples: 1 },
    '95th percentile over 5.0 s within 15 min',
  ],
  [{ unit: 'count', threshold: 1, window_minutes: 90 }, '1 time or more within 1 h 30 min'],
] as const)('%j reads %s', (changes, sentence) => {
  expect(conditionOf({ ...RULE, ...changes })).toBe(sentence)
})
