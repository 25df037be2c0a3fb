import { expect, test } from 'vitest'

import { fieldsOf, resultOf } from './fields'
import { answerReason } from './reasons'

const FORM = {
  type: 'object',
  required: ['url', 'hours'],
  properties: {
    url: { type: 'string', title: 'Link' },
    hours: { type: 'integer', minimum: 1 },
    priority: { type: 'string', enum: ['low', 'high'] },
    notes: { type: 'string', maxLength: 2000 },
    is_urgent: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'string' } },
    extra: { type: 'object' },
  },
}

test('each property of a form has a fitting field', () => {
  const fields = fieldsOf(FORM) ?? []
  expect(fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'url text',
    'hours number',
    'priority choice',
    'notes long',
    'is_urgent yes',
    'tags texts',
    'extra json',
  ])
  expect(fields[0]).toMatchObject({ label: 'Link', isRequired: true })
  expect(fieldsOf({ type: 'string' })).toBeUndefined()
})

test('the result has what was filled in, and errors say what is missing', () => {
  const fields = fieldsOf(FORM) ?? []
  const filled = { url: 'https://x', hours: 3, notes: '', is_urgent: false, extra: '{"a":1}' }
  expect(resultOf(fields, filled)).toEqual({
    result: { url: 'https://x', hours: 3, is_urgent: false, extra: { a: 1 } },
    errors: {},
  })
  expect(resultOf(fields, { url: '', extra: '{' }).errors).toEqual({
    url: 'Link is needed.',
    hours: 'Hours is needed.',
    extra: 'This is no JSON.',
  })
})

test('why a task cannot be answered is said', () => {
  const open = { status: 'open', roles: ['manager'] }
  expect(answerReason(open, 'manager')).toBeUndefined()
  expect(answerReason(open, 'owner')).toBeUndefined()
  expect(answerReason(open, 'staff')).toBe(
    'This task is for the roles manager, and yours is staff. Ask one of them.',
  )
  expect(answerReason({ ...open, status: 'completed', ended_by: 'ada' }, 'owner')).toBe(
    'This task was completed by ada; nobody waits for an answer any more.',
  )
})
