import { expect, test } from 'vitest'
import { parseDefinition } from './model/parse'
import { sampleInput, triggerOf } from './model/sample'
import { bumped, highest } from './model/version'
import { messageOf } from './problems'
import { activateReason, saveReason, startReason } from './reasons'
import { TEMPLATES } from './templates'

const { definition } = parseDefinition(
  'document: { dsl: 1.0.3, namespace: x, name: greet, version: 1.0.0 }\ndo:\n  - a: { set: 1 }\n',
)
const text = { isChanged: true, isValid: true, definition }

test('why a text cannot be saved is said', () => {
  expect(saveReason(text, 'greet')).toBeUndefined()
  expect(saveReason({ ...text, isChanged: false }, 'greet')).toBe('Nothing was changed.')
  expect(saveReason({ ...text, isChanged: false }, undefined)).toBeUndefined()
  expect(saveReason({ ...text, isValid: false }, 'greet')).toContain('Mend the errors')
  expect(saveReason({ ...text, isValid: undefined }, 'greet')).toContain('being checked')
  expect(saveReason({ ...text, definition: undefined }, 'greet')).toContain('no sound YAML')
  expect(saveReason(text, 'other')).toContain('names the flow greet')
})

test('why a flow cannot be started, and a version not be used, is said', () => {
  expect(startReason({ isOff: true })).toContain('switched off')
  expect(startReason({ isOff: false })).toBeUndefined()
  expect(activateReason({ in_use: true, version: '1.0.0' })).toBe(
    'Version 1.0.0 is in use already.',
  )
  expect(activateReason({ in_use: false, version: '1.0.0' })).toBeUndefined()
})

test('the next version follows the highest', () => {
  expect(highest(['1.2.0', '1.10.0', '1.9.9'])).toBe('1.10.0')
  expect(bumped('1.10.3', 'patch')).toBe('1.10.4')
  expect(bumped('1.10.3', 'minor')).toBe('1.11.0')
  expect(bumped('1.10.3', 'major')).toBe('2.0.0')
})

test('a sample input follows the schema, or the event', () => {
  const schema =
    'input: { schema: { document: { type: object, properties: { n: { type: integer }, s: { enum: [a, b] } } } } }'
  expect(sampleInput(schema)).toEqual({ n: 0, s: 'a' })
  expect(sampleInput('schedule: { on: { one: { with: { type: x } } } }')).toEqual([{}])
  expect(sampleInput('do: []')).toEqual({})
})

test('the event that starts a flow is known, unless a schema says more', () => {
  const on = 'schedule: { on: { any: [ { with: { type: x } }, { with: { type: y } } ] } }'
  expect(triggerOf(on)).toEqual({ type: 'x', isWhole: false })
  const whole = 'schedule: { on: { one: { with: { type: x } } }, read: envelope }'
  expect(triggerOf(whole)).toEqual({ type: 'x', isWhole: true })
  expect(triggerOf(`${on}\ninput: { schema: { document: { type: object } } }`)).toBeUndefined()
  expect(triggerOf('schedule: { every: PT1H }')).toBeUndefined()
})

test('a problem names the word that was meant once', () => {
  const problem = { severity: 'error' as const, line: 1, column: 1, message: 'unknown key' }
  expect(messageOf({ ...problem, did_you_mean: 'call' })).toBe('unknown key; did you mean `call`?')
  expect(messageOf(problem)).toBe('unknown key')
})

test('every template can be drawn', () => {
  for (const { source } of TEMPLATES) {
    expect(parseDefinition(source).definition?.tasks.length).toBeGreaterThan(0)
  }
})
