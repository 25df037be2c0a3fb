import { expect, test } from 'vitest'

import { defineFilters, flag, manyOf, oneOf, text } from './filters'

const filters = defineFilters({
  text,
  status: oneOf(['open', 'won']),
  stages: manyOf(['intake', 'paid', 'lost']),
  all: flag,
})

test('what the address gives is read', () => {
  expect(filters.parse('?text=ada&status=won&stages=paid,intake&all=true')).toEqual({
    text: 'ada',
    status: 'won',
    stages: ['intake', 'paid'],
    all: true,
  })
})

test('what is empty or unknown counts as not given', () => {
  expect(filters.parse('?text=%20&status=gone&stages=x&all=maybe&other=1')).toEqual({})
})
