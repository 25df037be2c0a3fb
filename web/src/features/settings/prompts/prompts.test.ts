import { expect, test } from 'vitest'

import { publishReason } from './draft'
import { nameOf, sourceOf } from './queries'
import { listedVariables, readVariables, sampleVariables } from './variables'

test('a preview begins with each variable, with a sample where one is known', () => {
  const samples = readVariables(sampleVariables({ variables: ['company_name', 'mood'] }))
  expect(samples).toEqual({ company_name: 'TechFlow Solutions', mood: '' })
})

test('what is no object of JSON says what to write', () => {
  expect(readVariables('[]')).toMatch(/^Write one JSON object/)
  expect(readVariables('{')).toMatch(/^This is no JSON/)
})

test('the variables that a text lists are read, and none where it lists none', () => {
  const text =
    '+++\nversion = 1\nvariables = [\n  "company_name",\n  "budget",\n]\n+++\n\n# System\n'
  expect(listedVariables(text)).toEqual(['company_name', 'budget'])
  expect(listedVariables('variables = ["x"]')).toEqual([])
})

test('a text is published when it is another and the server finds it sound', () => {
  const error = { severity: 'error', line: 3, column: 1, message: 'it is wrong' } as const
  const reason = (isChanged: boolean, isValid: boolean | undefined) =>
    publishReason({ isChanged, isValid, problems: isValid === false ? [error] : [] })
  expect(reason(false, true)).toBe('Nothing was changed.')
  expect(reason(true, undefined)).toBe('The text is being checked.')
  expect(reason(true, false)).toBe('Line 3: it is wrong.')
  expect(reason(true, true)).toBeUndefined()
})

test('whose text is in use is said in words', () => {
  expect(sourceOf({ is_shipped: true })).toBe('Shipped')
  expect(sourceOf({ is_shipped: false })).toBe('Your installation')
  expect(sourceOf({ is_shipped: true, own_version: 3 })).toBe('Own, version 3')
  expect(nameOf({ version: 'shipped' })).toBe('the shipped text')
  expect(nameOf({ version: '2' })).toBe('version 2')
})
