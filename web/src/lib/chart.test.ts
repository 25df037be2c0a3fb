import { expect, test } from 'vitest'

import { barLabel } from './chart'

test('a day is the same day in every time zone', () => {
  expect(barLabel('2026-11-22T00:00:00Z', 86_400)).toMatch(/22/)
})

test('an hour is that of the viewer', () => {
  const local = new Date('2026-11-22T14:00:00Z').getHours() % 12
  expect(barLabel('2026-11-22T14:00:00Z', 3_600)).toContain(String(local))
})
