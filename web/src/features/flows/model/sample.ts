import { parseDocument } from 'yaml'

import { asRecord } from './values'

/** An input to begin with when a flow is tried or started: as its schema or its event has it. */
export function sampleInput(source: string): unknown {
  const definition = asRecord(parseDocument(source, { logLevel: 'silent' }).toJS())
  const { document: schema } = asRecord(asRecord(definition.input).schema)
  if (schema !== undefined) return sampleOf(schema)
  return asRecord(definition.schedule).on === undefined ? {} : [{}]
}

/** The event that starts a flow, where it is one and no schema says more; with what of it is the input. */
export function triggerOf(source: string): { type: string; isWhole: boolean } | undefined {
  const definition = asRecord(parseDocument(source, { logLevel: 'silent' }).toJS())
  const { document: schema } = asRecord(asRecord(definition.input).schema)
  const { on, read } = asRecord(definition.schedule)
  const { one, any } = asRecord(on)
  const { type } = asRecord(asRecord(one ?? (Array.isArray(any) ? any[0] : undefined)).with)
  if (schema !== undefined || typeof type !== 'string') return undefined
  return { type, isWhole: read === 'envelope' }
}

function sampleOf(given: unknown): unknown {
  const schema = asRecord(given)
  const examples = schema.examples
  if (schema.default !== undefined) return schema.default
  if (Array.isArray(examples) && examples.length > 0) return examples[0]
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'array') return schema.items === undefined ? [] : [sampleOf(schema.items)]
  if (type === 'object' || schema.properties !== undefined) {
    const properties = Object.entries(asRecord(schema.properties))
    return Object.fromEntries(properties.map(([name, inner]) => [name, sampleOf(inner)]))
  }
  const plain: Record<string, unknown> = { string: '', integer: 0, number: 0, boolean: false }
  return plain[String(type)] ?? null
}
