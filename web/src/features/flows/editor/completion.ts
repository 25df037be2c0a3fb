import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'

import type { FlowFunction } from '../types'
import { type Place, placeAt } from './place'
import { alternatives, isRequired, keysOf, schemasAt, valuesOf } from './schema'

export type Knowledge = { schema: Record<string, unknown>; functions: readonly FlowFunction[] }

const CALLED_INLINE = /\bcall:\s*([\w.]*)$/

/** Completes keys and values by the language's schema, and functions with what they take. */
export function completeFlow(knowledge: () => Promise<Knowledge>) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.state.doc.sliceString(0, context.pos)
    const lines = before.split('\n')
    const called = CALLED_INLINE.exec(lines.at(-1) ?? '')
    const place = placeAt(lines)
    if (!called && !place) return null
    const word = called?.[1] ?? place?.word ?? ''
    if (!context.explicit && !word && !place?.key && !called) return null
    const known = await knowledge()
    const options = called ? functionOptions(known) : optionsAt(known, place)
    return options.length > 0
      ? { from: context.pos - word.length, options, validFor: /^[\w.$-]*$/ }
      : null
  }
}

/** What may stand at a place. */
export function optionsAt(known: Knowledge, place: Place | undefined): Completion[] {
  if (!place) return []
  const schemas = schemasFor(known, place)
  if (place.key === undefined) {
    return [...keysOf(schemas)]
      .filter(([key]) => !place.siblings.has(key))
      .map(([key, schema]) => keyOption(key, schema, isRequired(schemas, key)))
  }
  if (place.key === 'then') return THEN
  const schema = keysOf(schemas).get(place.key)
  const values = valuesOf(alternatives(known.schema, schema))
  return values.map((value) => ({ label: value, type: 'enum' }))
}

function schemasFor({ schema, functions }: Knowledge, { path, around }: Place) {
  const at = path.lastIndexOf('with')
  const isInput = at !== -1 && path[at - 2] === '*'
  if (!isInput) return schemasAt(schema, path)
  // The map around `with` is known only directly above; deeper parts are left to the checker.
  const called = at === path.length - 1 ? around.get('call') : undefined
  const input = functions.find(({ name }) => name === called)?.input
  return input ? alternatives(schema, input) : []
}

function functionOptions({ functions }: Knowledge): Completion[] {
  const protocols = ['http', 'openapi', 'grpc', 'mcp'].map(
    (label): Completion => ({ label, type: 'keyword', detail: 'protocol' }),
  )
  return [
    ...functions.map(
      ({ name, summary, effect }): Completion => ({
        label: name,
        type: 'function',
        detail: effect,
        info: summary,
      }),
    ),
    ...protocols,
  ]
}

function keyOption(key: string, schema: Record<string, unknown>, required: boolean): Completion {
  const { description } = schema
  return {
    label: key,
    apply: `${key}: `,
    type: 'property',
    ...(required && { boost: 10, detail: 'required' }),
    ...(typeof description === 'string' && { info: description }),
  }
}

const THEN: Completion[] = ['continue', 'exit', 'end'].map((label) => ({ label, type: 'keyword' }))
