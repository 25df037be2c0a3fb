import { describe, expect, test } from 'vitest'

import { type Knowledge, optionsAt } from './completion'
import { placeAt } from './place'

const REF = 'https://example.com/flow.json#/$defs/'

const KNOWN: Knowledge = {
  schema: {
    properties: {
      document: { required: ['name'], properties: { name: {}, version: {}, title: {} } },
      do: { $ref: `${REF}tasks` },
    },
    $defs: {
      tasks: { items: { additionalProperties: { $ref: `${REF}task` } } },
      task: {
        properties: {
          call: {},
          with: {},
          try: { $ref: `${REF}tasks` },
          fork: { properties: { compete: { type: 'boolean' } } },
        },
      },
    },
  },
  functions: [
    {
      name: 'get_lead',
      summary: 'Get a lead',
      effect: 'operation',
      input: { required: ['lead_id'], properties: { lead_id: {}, expand: { enum: ['client'] } } },
      output: {},
    },
  ],
}

const labels = (text: string) =>
  optionsAt(KNOWN, placeAt(text.split('\n'))).map(({ label }) => label)

describe('places are found by indentation', () => {
  const path = (text: string) => placeAt(text.split('\n'))?.path

  test('in maps and lists', () => {
    expect(path('document:\n  na')).toEqual(['document'])
    expect(path('do:\n  - first:\n      ca')).toEqual(['do', '*', 'first'])
    expect(
      path('do:\n  - a:\n      set: 1\n  - b:\n      try:\n        - c:\n            x'),
    ).toEqual(['do', '*', 'b', 'try', '*', 'c'])
  })

  test('lists may stand as far out as their key', () => {
    expect(path('do:\n- first:\n    ca')).toEqual(['do', '*', 'first'])
  })

  test('nothing is offered inside maps on one line and blocks of text', () => {
    expect(path('do:\n  - a: { ca')).toBeUndefined()
  })
})

describe('what is offered', () => {
  test('keys that are not there yet', () => {
    expect(labels('document:\n  name: x\n  ')).toEqual(['version', 'title'])
    expect(labels('do:\n  - a:\n      ')).toEqual(['call', 'with', 'try', 'fork'])
  })

  test('what the called function takes', () => {
    expect(labels('do:\n  - a:\n      call: get_lead\n      with:\n        ')).toEqual([
      'lead_id',
      'expand',
    ])
    expect(labels('do:\n  - a:\n      call: get_lead\n      with:\n        expand: ')).toEqual([
      'client',
    ])
  })

  test('values that are known', () => {
    expect(labels('do:\n  - a:\n      fork:\n        compete: ')).toEqual(['true', 'false'])
    expect(labels('do:\n  - a:\n      then: ')).toEqual(['continue', 'exit', 'end'])
  })
})
