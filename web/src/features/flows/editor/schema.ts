import { asRecord } from '../model/values'

type Schema = Record<string, unknown>

/** The schemas that hold at a path below the root; `*` is an item of a list. */
export function schemasAt(root: Schema, path: readonly string[]): Schema[] {
  return path.reduce<Schema[]>(
    (schemas, key) => schemas.flatMap((schema) => below(root, schema, key)),
    alternatives(root, root),
  )
}

/** A schema as it may be meant: itself, or what it refers to, chooses from or demands as well. */
export function alternatives(root: Schema, schema: unknown): Schema[] {
  const given = asRecord(schema)
  const reference = given.$ref
  if (typeof reference === 'string') {
    const name = reference.slice(reference.lastIndexOf('/') + 1)
    return alternatives(root, asRecord(root.$defs)[name])
  }
  const choices = [given.anyOf, given.oneOf].flatMap((list) => (Array.isArray(list) ? list : []))
  return [given, ...choices.flatMap((choice) => alternatives(root, choice))]
}

function below(root: Schema, schema: Schema, key: string): Schema[] {
  const known = asRecord(schema.properties)[key]
  const next = key === '*' ? schema.items : (known ?? schema.additionalProperties)
  return typeof next === 'object' ? alternatives(root, next) : []
}

/** The keys that a map may have, each with its schema. */
export function keysOf(schemas: readonly Schema[]): Map<string, Schema> {
  const keys = new Map<string, Schema>()
  for (const schema of schemas) {
    for (const [key, value] of Object.entries(asRecord(schema.properties))) {
      if (!keys.has(key)) keys.set(key, asRecord(value))
    }
  }
  return keys
}

/** The values that are known beforehand. */
export function valuesOf(schemas: readonly Schema[]): string[] {
  const values = schemas.flatMap((schema) => {
    if (schema.type === 'boolean') return ['true', 'false']
    const { enum: words, const: word, examples } = schema
    return [words, examples, word === undefined ? [] : [word]].flatMap((list) =>
      Array.isArray(list) ? list.filter((value) => typeof value === 'string') : [],
    )
  })
  return [...new Set(values)]
}

export function isRequired(schemas: readonly Schema[], key: string): boolean {
  return schemas.some(({ required }) => Array.isArray(required) && required.includes(key))
}
