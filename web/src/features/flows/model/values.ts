/** A value of a definition as a map; an empty one when it is none. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

const UNITS: readonly (readonly [name: string, short: string])[] = [
  ['days', 'd'],
  ['hours', 'h'],
  ['minutes', 'min'],
  ['seconds', 's'],
  ['milliseconds', 'ms'],
]

/** A duration of a definition, shortened: `PT1H` or `{ minutes: 5 }`. */
export function shortDuration(duration: unknown): string {
  if (typeof duration === 'string') return expressionText(duration)
  const given = asRecord(duration)
  const parts = UNITS.filter(([name]) => given[name] !== undefined)
  return parts.map(([name, short]) => `${String(given[name])} ${short}`).join(' ')
}

/** An expression on one line, without its braces. */
export function expressionText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? ''
  const line = value.trim().replace(/\s+/g, ' ')
  const inside = /^\$\{(.*)\}$/s.exec(line)
  return inside?.[1]?.trim() ?? line
}
