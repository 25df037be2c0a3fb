import { expect, test } from 'vitest'

import { byteLength, hexRows, isBinary, parsed } from './bytes'

test('bytes are shown in rows of sixteen with what can be printed', () => {
  expect(hexRows('{"name":"Zoë"}\r\nx')).toEqual([
    {
      offset: '00000000',
      hex: '7b 22 6e 61 6d 65 22 3a 22 5a 6f c3 ab 22 7d 0d',
      text: '{"name":"Zo..".}'.replace('".}', '"}.'),
    },
    { offset: '00000010', hex: '0a 78', text: '.x' },
  ])
  expect(hexRows('')).toEqual([])
})

test('lengths count bytes, not characters', () => {
  expect(byteLength('Zoë')).toBe(4)
})

test('stand-ins for bytes that are no text are noticed', () => {
  expect(isBinary('a\uFFFDb')).toBe(true)
  expect(isBinary('Zoë')).toBe(false)
})

test('only JSON is read as JSON', () => {
  expect(parsed('null')).toEqual({ value: null })
  expect(parsed('a=b')).toBeUndefined()
})
