import { expect, test } from 'vitest'

import { asProblem, fieldErrors, messageOf, transportProblem } from './problem'

const invalid = {
  type: '/problems/invalid',
  title: 'Invalid',
  status: 422,
  code: 'invalid',
  errors: [
    { pointer: '/contact_email', detail: 'must be an e-mail address' },
    { pointer: '/contact_email', detail: 'is too long' },
    { pointer: '/intake/message', detail: 'is missing' },
  ],
}

test('errors go to their fields, the first one of each', () => {
  expect(fieldErrors(invalid, { 'intake.message': 'message' })).toEqual({
    contact_email: 'Must be an e-mail address.',
    message: 'Is missing.',
  })
})

test('a message is a sentence', () => {
  expect(messageOf({ ...invalid, detail: 'the run has ended' })).toBe('The run has ended.')
  expect(messageOf(invalid)).toBe('Must be an e-mail address.')
})

test('only what may pass by itself is tried again', () => {
  expect(asProblem(transportProblem(0)).isPassing).toBe(true)
  expect(asProblem(transportProblem(503)).isPassing).toBe(true)
  expect(asProblem(invalid).isPassing).toBe(false)
  expect(asProblem(new Error('a bug')).isPassing).toBe(false)
})
