import { asRecord } from '~/features/flows/model/values'
import { humanize } from '~/lib/format'

/** One field of a form that a flow asks for, by its JSON Schema. */
export type Field = {
  name: string
  label: string
  description: string | undefined
  isRequired: boolean
  kind: 'text' | 'long' | 'number' | 'yes' | 'choice' | 'texts' | 'date' | 'json'
  choices: string[]
  isWhole: boolean
  min: number | undefined
  max: number | undefined
}

const LONG_FROM = 200

/** The fields of a form; undefined when it asks for something else than an object. */
export function fieldsOf(form: unknown): Field[] | undefined {
  const { properties, required } = asRecord(form)
  if (properties === undefined) return undefined
  const needed = Array.isArray(required) ? required : []
  // Properties have no order where forms are kept; the list of those that are needed has one.
  const place = (name: string) => {
    const index = needed.indexOf(name)
    return index === -1 ? needed.length : index
  }
  const fields = Object.entries(asRecord(properties))
  fields.sort(([one], [other]) => place(one) - place(other))
  return fields.map(([name, given]) => {
    const schema = asRecord(given)
    return {
      name,
      label: textOf(schema.title) ?? humanize(name),
      description: textOf(schema.description),
      isRequired: needed.includes(name),
      kind: kindOf(schema),
      choices: Array.isArray(schema.enum) ? schema.enum.map(String) : [],
      isWhole: schema.type === 'integer',
      min: numberOf(schema.minimum),
      max: numberOf(schema.maximum),
    }
  })
}

function kindOf(schema: Record<string, unknown>): Field['kind'] {
  const { type, format, maxLength } = schema
  if (Array.isArray(schema.enum)) return 'choice'
  if (type === 'boolean') return 'yes'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'array') return asRecord(schema.items).type === 'string' ? 'texts' : 'json'
  if (type !== 'string') return 'json'
  if (format === 'date') return 'date'
  return LONG_FROM <= (numberOf(maxLength) ?? 0) ? 'long' : 'text'
}

export type FormValue = string | number | boolean | string[]

export function emptyValue({ kind }: Field): FormValue {
  if (kind === 'yes') return false
  return kind === 'texts' ? [] : ''
}

/** The result that the flow is told; what was left empty is left out. JSON that is none is told by field. */
export function resultOf(
  fields: readonly Field[],
  values: Readonly<Record<string, FormValue>>,
): { result: Record<string, unknown>; errors: Record<string, string> } {
  const result: Record<string, unknown> = {}
  const errors: Record<string, string> = {}
  for (const { name, kind, isRequired, label } of fields) {
    const value = values[name]
    const isEmpty =
      value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
    if (isEmpty && isRequired) errors[name] = `${label} is needed.`
    if (isEmpty) continue
    if (kind !== 'json') result[name] = value
    else {
      const read = parsed(String(value))
      if (read === undefined) errors[name] = 'This is no JSON.'
      else result[name] = read
    }
  }
  return { result, errors }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
