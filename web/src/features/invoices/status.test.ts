import { expect, test } from 'vitest'

import { payRefusal, shownStatus, voidRefusal } from './status'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const invoice = (
  status: 'draft' | 'issued' | 'paid' | 'void',
  due_at = '2026-12-01T00:00:00Z',
) => ({
  status,
  due_at,
  number: 'INV-000001',
})

test('what was issued and not paid by its day is overdue', () => {
  expect(shownStatus(invoice('issued'), NOW)).toBe('issued')
  expect(shownStatus(invoice('issued', '2026-11-21T00:00:00Z'), NOW)).toBe('overdue')
  expect(shownStatus(invoice('paid', '2026-11-21T00:00:00Z'), NOW)).toBe('paid')
})

test('only an issued invoice can be paid, and none that was paid can be voided', () => {
  expect(payRefusal(invoice('issued'))).toBeUndefined()
  expect(payRefusal(invoice('paid'))).toBe('INV-000001 is paid already.')
  expect(payRefusal(invoice('draft'))).toContain('draft')
  expect(voidRefusal(invoice('draft'))).toBeUndefined()
  expect(voidRefusal(invoice('issued'))).toBeUndefined()
  expect(voidRefusal(invoice('paid'))).toContain('pay the client back')
})
