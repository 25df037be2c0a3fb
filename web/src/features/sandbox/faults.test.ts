import { expect, test } from 'vitest'

import { bare, choicesOf, sentenceOfFault } from './faults'

test('the losing of answers comes first, and the wildcard is left out', () => {
  const choices = choicesOf(['status-NNN', 'slow', 'a-new-one', 'timeout-after-effect'])
  expect(choices.map(({ value }) => value)).toEqual(['timeout-after-effect', 'slow', 'a-new-one'])
  expect(choices.map(({ label }) => label)).toEqual(['Lose the answer', 'Be slow', 'A new one'])
})

test.each([
  [
    { what: 'status', status: 503, times: 3, hits: 2, active: true },
    'Answer with an error: 503, 2 of 3 requests met it',
  ],
  [
    { what: 'slow', ms: 4_000, probability: 0.25, hits: 1, active: true },
    'Be slow: 4000 ms for 25% of requests, 1 request met it',
  ],
])('%j', (fault, sentence) => {
  expect(sentenceOfFault(fault)).toBe(sentence)
})

test('what is armed again has only the requests that were left', () => {
  expect(
    bare([
      { what: 'throttle', times: 3, hits: 2, active: true },
      { what: 'slow', ms: 5, hits: 9, active: true },
      { what: 'refusal', times: 1, hits: 1, active: false },
    ]),
  ).toEqual([
    { what: 'throttle', times: 1 },
    { what: 'slow', ms: 5 },
  ])
})
