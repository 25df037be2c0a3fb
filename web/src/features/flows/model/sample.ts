import { parseDocument } from 'yaml'

import { asRecord } from './values'

/** An input to begin with when a flow is tried or started: as its schema or its event has it. */
export function sampleInput(source: string): unknown {
  const { schema, schedule } = beginningOf(source)
  if (schema !== undefined) return sampleOf(schema)
  return schedule.on === undefined ? {} : [{}]
}

/** The event that starts a flow, where it is one and no schema says more; with what of it is the input. */
export function triggerOf(source: string): { type: string; isWhole: boolean } | undefined {
  const { schema, schedule } = beginningOf(source)
  const { one, any } = asRecord(schedule.on)
  const { type } = asRecord(asRecord(one ?? (Array.isArray(any) ? any[0] : undefined)).with)
  if (schema !== undefined || typeof type !== 'string') return undefined
  return { type, isWhole: schedule.read === 'envelope' }
}

/** The schema of a flow's input, and what starts it. */
function beginningOf(source: string) {
  const definition = asRecord(parseDocument(source, { logLevel: 'silent' }).toJS())
  const { document: schema } = asRecord(asRecord(definition.input).schema)
  return { schema, schedule: asRecord(definition.schedule) }
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
