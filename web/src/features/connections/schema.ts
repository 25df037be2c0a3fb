import { humanize } from '~/lib/format'

export type Choice = { value: string; label: string; description?: string }

/** One field of a form that a JSON Schema describes. */
export type Field = {
  name: string
  /** Its place in the settings: `webhook_endpoints.intake_submitted`. */
  path: string
  label: string
  kind: 'text' | 'email' | 'integer' | 'number' | 'boolean' | 'choice' | 'texts' | 'group' | 'json'
  description?: string
  isRequired: boolean
  isSecret: boolean
  /** What holds when it is left empty. */
  standard?: string | number | boolean
  choices?: readonly Choice[]
  fields?: readonly Field[]
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
}

type Schema = { readonly [key: string]: unknown }

/** The fields of an object's schema; none where it takes any names. */
export function fieldsOf(schema: unknown): Field[] {
  const root = asSchema(schema)
  return fieldsIn(resolved(root, root), root, '')
}

function fieldsIn(schema: Schema, root: Schema, above: string): Field[] {
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(asSchema(schema.properties)).map(([name, property]) =>
    fieldOf(name, above, asSchema(property), root, required.includes(name)),
  )
}

function fieldOf(
  name: string,
  above: string,
  property: Schema,
  root: Schema,
  isRequired: boolean,
): Field {
  const schema = resolved(property, root)
  const path = above ? `${above}.${name}` : name
  const choices = choicesOf(schema)
  const kind = kindOf(schema, choices)
  const field: Field = {
    name,
    path,
    label: labelOf(name),
    kind,
    isRequired,
    isSecret: schema.writeOnly === true,
  }
  if (kind === 'group') field.fields = fieldsIn(schema, root, path)
  if (choices) field.choices = choices
  // What a property says of itself is more to the point than what its type says.
  const description = property.description ?? (kind === 'text' ? undefined : schema.description)
  if (typeof description === 'string') field.description = inWords(oneLine(description), root)
  const standard = property.default ?? schema.default
  if (['string', 'number', 'boolean'].includes(typeof standard)) {
    field.standard = standard as string | number | boolean
  }
  if (typeof schema.pattern === 'string') field.pattern = schema.pattern
  for (const limit of ['minimum', 'maximum', 'minLength', 'maxLength'] as const) {
    const value = schema[limit]
    if (typeof value === 'number') field[limit] = value
  }
  return field
}

/** What the schema tells programs, for those who see labels and switches. */
function inWords(description: string, root: Schema): string {
  const names = asSchema(root.properties)
  return description
    .replace(/^`false` /, 'Switched off, it ')
    .replaceAll(/`([a-z_]+)`/g, (whole, name) =>
      Object.hasOwn(names, name) ? `“${labelOf(name)}”` : whole,
    )
}

/** The schema behind references, and without the `null` that only says that it may be absent. */
function resolved(schema: Schema, root: Schema, depth = 0): Schema {
  if (depth > 20) return {}
  if (typeof schema.$ref === 'string') {
    const { $ref, ...own } = schema
    return { ...resolved(at(root, schema.$ref), root, depth + 1), ...own }
  }
  for (const word of ['anyOf', 'oneOf', 'allOf'] as const) {
    const options = alternatives(schema[word]).filter((option) => option.type !== 'null')
    const [only] = options
    if (only && options.length === 1) {
      const { [word]: _, ...own } = schema
      return { ...resolved(only, root, depth + 1), ...own }
    }
  }
  return schema
}

function at(root: Schema, reference: string): Schema {
  const names = reference.replace(/^#\/?/, '').split('/').filter(Boolean)
  return names.reduce((schema, name) => asSchema(schema[name.replace(/~1/g, '/')]), root)
}

function kindOf(schema: Schema, choices: readonly Choice[] | undefined): Field['kind'] {
  if (choices) return 'choice'
  switch (typeOf(schema)) {
    case 'boolean':
      return 'boolean'
    case 'integer':
      return 'integer'
    case 'number':
      return 'number'
    case 'string':
      return schema.format === 'email' ? 'email' : 'text'
    case 'array':
      return typeOf(asSchema(schema.items)) === 'string' ? 'texts' : 'json'
    case 'object':
      return schema.properties ? 'group' : 'json'
    default:
      return 'json'
  }
}

function typeOf({ type }: Schema): unknown {
  return Array.isArray(type) ? type.find((one) => one !== 'null') : type
}

function choicesOf(schema: Schema): Choice[] | undefined {
  if (Array.isArray(schema.enum)) {
    return schema.enum
      .filter((value): value is string => typeof value === 'string')
      .map((value) => ({ value, label: labelOf(value) }))
  }
  const options = alternatives(schema.oneOf)
  if (options.length === 0 || options.some((option) => typeof option.const !== 'string')) {
    return undefined
  }
  return options.map((option) => ({
    value: String(option.const),
    label: labelOf(String(option.const)),
    ...(typeof option.description === 'string' && { description: oneLine(option.description) }),
  }))
}

const ACRONYMS: Readonly<Record<string, string>> = {
  api: 'API',
  url: 'URL',
  id: 'ID',
  ai: 'AI',
  tls: 'TLS',
  starttls: 'STARTTLS',
  json: 'JSON',
  usd: 'USD',
  openai: 'OpenAI',
}

/** `agent_api_url` → `Agent API URL` */
export function labelOf(name: string): string {
  const words = name.split(/[_-]+/).map((word) => ACRONYMS[word.toLowerCase()] ?? word)
  return humanize(words.join(' '))
}

function alternatives(value: unknown): Schema[] {
  return Array.isArray(value) ? value.map(asSchema) : []
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {}
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}
