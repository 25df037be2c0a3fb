import { expect, test } from 'vitest'

import { fieldsOf, kindsFor, moved, named, nameFor, problemsOf, questionsOf } from './fields'

const FIELDS = [
  { name: 'company_name', label: 'Company', kind: 'text' as const, required: true },
  { name: 'pets', label: 'Pets', kind: 'choice' as const, required: false, options: ['Cat'] },
]

test('fields come back as they were', () => {
  expect(fieldsOf(questionsOf(FIELDS))).toEqual(FIELDS)
})

test('options go with the kinds that have them', () => {
  const [, pets] = questionsOf(FIELDS)
  expect(pets && fieldsOf([{ ...pets, kind: 'text' }])).toEqual([
    { name: 'pets', label: 'Pets', kind: 'text', required: false },
  ])
})

test.each([
  ['What is your budget?', [], 'what_is_your_budget'],
  ['Café & Größe', [], 'cafe_gro_e'],
  ['2nd address', [], 'nd_address'],
  ['???', [], 'question'],
  ['Pets', ['pets', 'pets_2'], 'pets_3'],
])('a question %s is named', (label, taken, name) => {
  expect(nameFor(label, taken)).toBe(name)
})

test('an intake’s own fields keep their nature', () => {
  expect(kindsFor('contact_email').map(({ value }) => value)).toEqual(['email'])
  expect(kindsFor('competitors').map(({ value }) => value)).toEqual(['choices', 'list'])
  expect(kindsFor('pets')).toHaveLength(7)
})

test('what is missing is found', () => {
  const [company, pets] = questionsOf(FIELDS)
  if (!company || !pets) throw new Error('there are two fields')
  expect(problemsOf([company, pets])).toEqual(new Map())
  expect(
    problemsOf([
      { ...company, label: ' ' },
      { ...pets, options: [] },
    ]),
  ).toEqual(
    new Map([
      [0, 'Enter what the client reads.'],
      [1, 'Enter what can be chosen.'],
    ]),
  )
})

test('questions move, but not out of the form', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
})

test('the name of a new question follows its text until it is saved', () => {
  const [, pets] = questionsOf(FIELDS)
  if (!pets) throw new Error('there are two fields')
  const others = questionsOf(FIELDS.slice(0, 1))
  const renamed = { ...pets, label: 'Your pets' }
  expect(named(pets, renamed, others, []).name).toBe('your_pets')
  expect(named(pets, renamed, others, ['pets']).name).toBe('pets')
  expect(named(pets, { ...renamed, name: 'animals' }, others, []).name).toBe('animals')
})
