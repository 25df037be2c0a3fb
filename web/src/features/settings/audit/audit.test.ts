import { expect, test } from 'vitest'

import { exportAddress, factsOf } from './queries'

test('details are told in a line', () => {
  expect(factsOf({ fields: ['name', 'role'] })).toBe('name, role')
  expect(factsOf({ connector: 'slack', fields: [] })).toBe('connector: slack · ')
  expect(factsOf(null)).toBe('')
})

test('an export begins where it is asked to', () => {
  expect(exportAddress('csv', undefined)).toBe('/v1/audit/export?format=csv')
  expect(exportAddress('json', '2026-11-22T00:00:00Z')).toBe(
    '/v1/audit/export?format=json&since=2026-11-22T00%3A00%3A00Z',
  )
})
