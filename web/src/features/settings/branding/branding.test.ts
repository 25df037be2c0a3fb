import { expect, test } from 'vitest'

import { carriesWhite, contrastWithWhite, isColour } from './colour'
import { problemOfFile, readPicture } from './picture'

test('contrast is that of the accessibility guidelines', () => {
  expect(contrastWithWhite('#000000')).toBeCloseTo(21)
  expect(contrastWithWhite('#ffffff')).toBeCloseTo(1)
  expect(carriesWhite('#1E40AF')).toBe(true)
  expect(carriesWhite('#FDE047')).toBe(false)
})

test('colours have six digits', () => {
  expect(isColour('#1E40AF')).toBe(true)
  expect(isColour('#1E4')).toBe(false)
})

test.each([
  [{ type: 'image/png', size: 500_000 }, undefined],
  [{ type: 'image/png', size: 500_001 }, 'Choose a picture of at most 500 kB.'],
  [{ type: 'image/gif', size: 1 }, 'Choose a PNG, JPEG or SVG picture.'],
])('%j', (file, problem) => {
  expect(problemOfFile(file)).toBe(problem)
})

test('a picture is read as base64', async () => {
  const picture = await readPicture(new File(['hi'], 'logo.png', { type: 'image/png' }))
  expect(picture).toEqual({
    name: 'logo.png',
    address: 'data:image/png;base64,aGk=',
    base64: 'aGk=',
  })
})
