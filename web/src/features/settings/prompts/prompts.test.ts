import { expect, test } from 'vitest'

import { emptyVariables, readVariables } from './queries'

test('a preview begins with each variable, empty', () => {
  expect(readVariables(emptyVariables({ variables: ['company_name', 'budget'] }))).toEqual({
    company_name: '',
    budget: '',
  })
})

test('what is no object of JSON says what to write', () => {
  expect(readVariables('[]')).toMatch(/^Write one JSON object/)
  expect(readVariables('{')).toMatch(/^This is no JSON/)
})
