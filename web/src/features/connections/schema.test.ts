import { describe, expect, test } from 'vitest'

import { fieldsOf, labelOf } from './schema'
import { MASK, problemsOf, settingsOf, valuesOf } from './settings'

/** As the program describes the settings of its connectors. */
const SCHEMA = {
  type: 'object',
  properties: {
    provider: { $ref: '#/$defs/Provider', description: 'The dialect.' },
    api_key: { anyOf: [{ $ref: '#/$defs/Secret' }, { type: 'null' }], description: 'Our key.' },
    webhook_secret: { $ref: '#/$defs/Secret' },
    host: { type: 'string', minLength: 1, maxLength: 5 },
    base_url: { type: ['string', 'null'], pattern: '^https?://\\S+$', default: null },
    port: { type: ['integer', 'null'], minimum: 0, maximum: 65535 },
    from: { type: 'string', format: 'email' },
    title_property: { type: 'string', default: 'Name' },
    enabled: { type: 'boolean', default: true },
    prices: { anyOf: [{ $ref: '#/$defs/Prices' }, { type: 'null' }] },
    scopes: { type: 'array', items: { type: 'string' } },
  },
  required: ['provider', 'webhook_secret', 'host'],
  $defs: {
    Provider: {
      oneOf: [
        { type: 'string', const: 'anthropic', description: 'The Messages\nAPI.' },
        { type: 'string', const: 'openai' },
      ],
      description: 'Of the type.',
    },
    Secret: { type: 'string', description: 'A credential.', writeOnly: true },
    Prices: {
      type: 'object',
      properties: { input: { type: 'number', minimum: 0 }, output: { type: 'number' } },
      required: ['input', 'output'],
    },
  },
}

const fields = fieldsOf(SCHEMA)
const field = (name: string) => fields.find((it) => it.name === name)
const filled = {
  ...valuesOf(fields),
  provider: 'anthropic',
  webhook_secret: 'sesame',
  host: 'mail',
}

describe('fields', () => {
  test('references and what may be null are seen through', () => {
    expect(field('api_key')).toMatchObject({
      kind: 'text',
      isSecret: true,
      isRequired: false,
      description: 'Our key.',
    })
    expect(field('port')).toMatchObject({ kind: 'integer', minimum: 0, maximum: 65535 })
    expect(field('webhook_secret')).toMatchObject({ isSecret: true, isRequired: true })
    expect(field('webhook_secret')?.description).toBeUndefined()
  })

  test('what is said to programs is said in the words of the form', () => {
    const [enabled, url] = fieldsOf({
      properties: {
        enabled: { type: 'boolean', description: '`false` stops it.' },
        page: { type: 'string', description: 'Below `base_url`, such as `base`.' },
        base_url: { type: 'string' },
      },
    })
    expect(enabled?.description).toBe('Switched off, it stops it.')
    expect(url?.description).toBe('Below “Base URL”, such as `base`.')
  })

  test('constants become choices with their meanings', () => {
    expect(field('provider')).toMatchObject({
      kind: 'choice',
      description: 'The dialect.',
      choices: [
        { value: 'anthropic', label: 'Anthropic', description: 'The Messages API.' },
        { value: 'openai', label: 'OpenAI' },
      ],
    })
  })

  test('objects become groups, formats and lists their own kinds', () => {
    expect(field('prices')?.fields?.map(({ path }) => path)).toEqual([
      'prices.input',
      'prices.output',
    ])
    expect(field('from')?.kind).toBe('email')
    expect(field('scopes')?.kind).toBe('texts')
    expect(field('title_property')?.standard).toBe('Name')
  })

  test('an object of any names has no fields', () => {
    expect(fieldsOf({ type: 'object', additionalProperties: {} })).toEqual([])
  })

  test('a schema that refers to itself ends', () => {
    const endless = {
      properties: { a: { $ref: '#/$defs/A' } },
      $defs: { A: { $ref: '#/$defs/A' } },
    }
    expect(fieldsOf(endless)).toHaveLength(1)
  })

  test('names become labels', () => {
    expect(labelOf('agent_api_url')).toBe('Agent API URL')
    expect(labelOf('starttls')).toBe('STARTTLS')
  })
})

describe('values', () => {
  test('what was left empty is not sent', () => {
    expect(settingsOf(fields, filled)).toEqual({
      provider: 'anthropic',
      webhook_secret: 'sesame',
      host: 'mail',
      enabled: true,
    })
  })

  test('numbers are sent as numbers, secrets as they were typed', () => {
    const values = {
      ...filled,
      port: ' 587 ',
      webhook_secret: ' sesame ',
      prices: { input: '2.5', output: '0' },
      scopes: ['a'],
    }
    expect(settingsOf(fields, values)).toMatchObject({
      port: 587,
      webhook_secret: ' sesame ',
      prices: { input: 2.5, output: 0 },
      scopes: ['a'],
    })
  })

  test('what is in force is shown, secrets are not', () => {
    const known = { host: 'mail', webhook_secret: MASK, enabled: false, port: 25 }
    expect(valuesOf(fields, known)).toMatchObject({
      host: 'mail',
      webhook_secret: '',
      enabled: false,
      port: '25',
    })
  })
})

describe('problems', () => {
  const problems = (values: object, kept: string[] = []) =>
    problemsOf(fields, { ...filled, ...values }, kept)

  test('a sound form has none', () => {
    expect(problems({})).toEqual({})
  })

  test('what is required must be there, unless it is a secret that stays', () => {
    expect(problems({ webhook_secret: '', host: ' ' })).toEqual({
      webhook_secret: 'This is required.',
      host: 'This is required.',
    })
    expect(problems({ webhook_secret: '' }, ['webhook_secret'])).toEqual({})
  })

  test.each([
    [{ port: 'x' }, 'port', 'Enter a number.'],
    [{ port: '1.5' }, 'port', 'Enter a whole number.'],
    [{ port: '70000' }, 'port', 'Enter 65535 or less.'],
    [{ host: 'too long' }, 'host', 'Enter at most 5 characters.'],
    [{ from: 'ada' }, 'from', 'Enter an e-mail address.'],
    [{ base_url: 'ftp://x' }, 'base_url', 'Enter an address that begins with https://.'],
  ])('%j is refused', (values, path, problem) => {
    expect(problems(values)).toEqual({ [path]: problem })
  })

  test('a group is asked for whole once a part of it is there', () => {
    expect(problems({ prices: { input: '1', output: '' } })).toEqual({
      'prices.output': 'This is required.',
    })
  })
})
