import { expect, test } from 'vitest'

import { roundUp, roundUpWhole } from './scale'

test.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [12, 20],
  [20, 20],
  [501, 1000],
  [0.03, 0.05],
])('an axis for %d ends at %d', (value, end) => {
  expect(roundUp(value)).toBeCloseTo(end)
})

test.each([
  [0, 2],
  [1, 2],
  [3, 10],
  [12, 20],
])('an axis for %d things ends at %d', (value, end) => {
  expect(roundUpWhole(value)).toBe(end)
})
