import type { Field } from './schema'

/** What a form holds: texts as they are typed, also for numbers. */
export type Values = { [name: string]: string | boolean | string[] | Values }
export type Settings = Record<string, unknown>

/** What the API shows in place of a secret that is set; sending it back, or nothing, keeps it. */
export const MASK = '********'

/** The form as it opens. `known` are the settings in force, where the API shows them. */
export function valuesOf(fields: readonly Field[], known: Settings = {}): Values {
  return Object.fromEntries(
    fields.map((field) => [field.name, fieldValue(field, known[field.name])]),
  )
}

function fieldValue(field: Field, known: unknown): Values[string] {
  switch (field.kind) {
    case 'group':
      return valuesOf(field.fields ?? [], asSettings(known))
    case 'boolean':
      return typeof known === 'boolean' ? known : field.standard === true
    case 'texts':
      return Array.isArray(known) ? known.map(String) : []
    case 'json':
      return known === undefined || known === null ? '' : JSON.stringify(known, undefined, 2)
    default:
      return known === undefined || known === null || field.isSecret ? '' : String(known)
  }
}

/** What is sent: without what was left empty. Call it on values that `problemsOf` finds nothing in. */
export function settingsOf(fields: readonly Field[], values: Values): Settings {
  const settings: Settings = {}
  for (const field of fields) {
    const value = settingOf(field, values[field.name])
    if (value !== undefined) settings[field.name] = value
  }
  return settings
}

function settingOf(field: Field, value: Values[string] | undefined): unknown {
  if (typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.length > 0 ? value : undefined
  if (field.kind === 'group') {
    const inner = settingsOf(field.fields ?? [], asValues(value))
    return Object.keys(inner).length > 0 || field.isRequired ? inner : undefined
  }
  // A secret is sent as it was typed: a space may belong to it.
  const text = typeof value === 'string' ? value : ''
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  if (field.kind === 'integer' || field.kind === 'number') return Number(trimmed)
  if (field.kind === 'json') return JSON.parse(trimmed)
  return field.isSecret ? text : trimmed
}

/**
 * What is wrong, by the path of the field. The API checks all of it again; this is for whoever
 * types. `kept` are the secrets that may stay empty because they are set.
 */
export function problemsOf(
  fields: readonly Field[],
  values: Values,
  kept: readonly string[] = [],
): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const field of fields) {
    const value = values[field.name]
    if (field.kind === 'group') {
      const inner = asValues(value)
      const isUsed = field.isRequired || isFilled(field.fields ?? [], inner)
      if (isUsed) Object.assign(problems, problemsOf(field.fields ?? [], inner, kept))
      continue
    }
    const problem = problemOf(field, value, kept)
    if (problem) problems[field.path] = problem
  }
  return problems
}

function problemOf(field: Field, value: Values[string] | undefined, kept: readonly string[]) {
  const text = typeof value === 'string' ? value.trim() : ''
  const isEmpty = Array.isArray(value) ? value.length === 0 : text === ''
  if (typeof value === 'boolean') return undefined
  if (isEmpty) {
    return field.isRequired && !kept.includes(field.path) ? 'This is required.' : undefined
  }
  switch (field.kind) {
    case 'integer':
    case 'number':
      return numberProblem(field, text)
    case 'email':
      return /^\S+@\S+$/.test(text) ? undefined : 'Enter an e-mail address.'
    case 'json':
      return jsonProblem(text)
    case 'text':
      return textProblem(field, text)
    default:
      return undefined
  }
}

function numberProblem({ kind, minimum, maximum }: Field, text: string) {
  const number = Number(text)
  if (!Number.isFinite(number)) return 'Enter a number.'
  if (kind === 'integer' && !Number.isInteger(number)) return 'Enter a whole number.'
  if (minimum !== undefined && number < minimum) return `Enter ${minimum} or more.`
  if (maximum !== undefined && number > maximum) return `Enter ${maximum} or less.`
  return undefined
}

function textProblem({ minLength, maxLength, pattern }: Field, text: string) {
  if (minLength !== undefined && text.length < minLength) {
    return `Enter at least ${minLength} characters.`
  }
  if (maxLength !== undefined && text.length > maxLength) {
    return `Enter at most ${maxLength} characters.`
  }
  if (pattern !== undefined && !fits(pattern, text)) {
    if (pattern.startsWith('^https?://')) return 'Enter an address that begins with https://.'
    return 'This does not have the form that is asked for.'
  }
  return undefined
}

function jsonProblem(text: string) {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return 'Enter JSON.'
  }
}

/** A pattern that browsers do not understand is left to the API. */
function fits(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

function isFilled(fields: readonly Field[], values: Values): boolean {
  return fields.some((field) => {
    const value = values[field.name]
    if (field.kind === 'group') return isFilled(field.fields ?? [], asValues(value))
    if (typeof value === 'boolean') return value !== (field.standard === true)
    return Array.isArray(value) ? value.length > 0 : Boolean(value)
  })
}

function asValues(value: Values[string] | undefined): Values {
  return typeof value === 'object' && !Array.isArray(value) ? value : {}
}

function asSettings(value: unknown): Settings {
  return typeof value === 'object' && value !== null ? (value as Settings) : {}
}
