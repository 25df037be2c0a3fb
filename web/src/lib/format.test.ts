import { describe, expect, test } from 'vitest'

import {
  formatBytes,
  formatDate,
  formatDateTime,
  formatDuration,
  formatMoney,
  formatRelative,
  humanize,
  plural,
} from './format'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const at = (milliseconds: number) => new Date(NOW + milliseconds).toISOString()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('relative times', () => {
  test.each([
    [-10_000, 'just now'],
    [10_000, 'in a moment'],
    [-3 * MINUTE, '3 min. ago'],
    [2 * HOUR, 'in 2 hr.'],
    [-1 * DAY, 'yesterday'],
    [-6 * DAY, '6 days ago'],
  ])('%d ms from now', (distance, text) => {
    const unified = (words: string) => words.replace(/(min|hr)\./, '$1')
    expect(unified(formatRelative(at(distance), NOW))).toBe(unified(text))
  })

  test('beyond a week the date, with the year only where it is another one', () => {
    expect(formatRelative(at(-20 * DAY), NOW)).not.toContain('2026')
    expect(formatRelative(at(-400 * DAY), NOW)).toContain('2025')
  })
})

test('an instant of this year needs no year', () => {
  expect(formatDateTime(at(-HOUR), NOW)).not.toContain('2026')
  expect(formatDateTime(at(-400 * DAY), NOW)).toContain('2025')
})

test('a calendar date is the same day in every time zone', () => {
  expect(formatDate('2026-01-01')).toContain('2026')
  expect(formatDate('2026-01-01')).toContain('1')
})

test.each([
  [340, '340 ms'],
  [4_240, '4.2 s'],
  [42_000, '42 s'],
  [200_000, '3 min 20 s'],
  [3_599_600, '60 min'],
  [2 * HOUR + 5 * MINUTE, '2 h 5 min'],
  [3 * HOUR, '3 h'],
  [4 * DAY + 3 * HOUR, '4 d 3 h'],
])('a duration of %d ms', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})

describe('money', () => {
  test('is exact beyond what a float holds', () => {
    expect(formatMoney({ amount: '90071992547409930.17', currency: 'USD' })).toContain(
      '90,071,992,547,409,930.17',
    )
  })

  test.each([
    ['15000.00', 'USD', '15,000.00'],
    ['2500', 'JPY', '2,500'],
    ['1.234', 'KWD', '1.234'],
    ['-12.50', 'EUR', '12.50'],
  ])('%s %s', (amount, currency, digits) => {
    expect(formatMoney({ amount, currency })).toContain(digits)
  })
})

test('words and counts', () => {
  expect(humanize('pending_review')).toBe('Pending review')
  expect(plural(1, 'client')).toBe('1 client')
  expect(plural(1_200, 'client')).toBe('1,200 clients')
  expect(formatBytes(12_400)).toBe('12.4 kB')
})
