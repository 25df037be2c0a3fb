import { expect, test } from 'vitest'

import { everyDay, firstDay, formatCost, shareOf } from './usage'

const NOW = Date.parse('2026-11-22T23:30:00Z')
const usage = { key: '2026-11-21', calls: 1, input_tokens: 2, output_tokens: 3, cost_usd: '0' }

test('the window ends today', () => {
  expect(firstDay(7, NOW)).toBe('2026-11-16')
  expect(firstDay(1, NOW)).toBe('2026-11-22')
})

test('days without use are there, too', () => {
  expect(everyDay([usage], 3, NOW)).toEqual([
    { day: '2026-11-20', usage: undefined },
    { day: '2026-11-21', usage },
    { day: '2026-11-22', usage: undefined },
  ])
})

test.each([
  ['0.000000', '0.00'],
  ['0.001234', '0.0012'],
  ['12.345678', '12.35'],
])('a cost of %s is shown as %s', (amount, text) => {
  expect(formatCost(amount)).toMatch(new RegExp(`${text.replace('.', '\\.')}$`))
})

test('shares of nothing are nothing', () => {
  expect(shareOf('1', '4')).toBe(0.25)
  expect(shareOf('1', '0.000000')).toBe(0)
})
