import { expect, test } from 'vitest'

import { contains, countMatches, entriesOf, summaryOf } from './json'

const value = { client: { name: 'Ada', tags: ['new', 'Adamant'] }, count: 3 }

test('values and names are found at any depth, in any case', () => {
  expect(contains(value, 'adamant')).toBe(true)
  expect(contains(value, 'tags')).toBe(true)
  expect(contains(value, 'nothing')).toBe(false)
  expect(countMatches(value, 'ada')).toBe(2)
})

test('only arrays and objects have children', () => {
  expect(entriesOf(['a'])).toEqual([['0', 'a']])
  expect(entriesOf('text')).toBeUndefined()
  expect(entriesOf(null)).toBeUndefined()
  expect(summaryOf([1, 2])).toBe('[2]')
  expect(summaryOf(value)).toBe('{2}')
})
