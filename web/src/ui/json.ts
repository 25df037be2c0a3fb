/** The children of an object or an array with their names; nothing for other values. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((child, index) => [String(index), child] as const)
  if (typeof value === 'object' && value !== null) return Object.entries(value)
  return undefined
}

/** `[3]` for an array of three, `{5}` for an object of five. */
export function summaryOf(value: unknown): string {
  const count = entriesOf(value)?.length ?? 0
  return Array.isArray(value) ? `[${count}]` : `{${count}}`
}

/** Whether a name or a value in it contains the text, which is in lower case. */
export function contains(value: unknown, needle: string, name = ''): boolean {
  if (name.toLowerCase().includes(needle)) return true
  const entries = entriesOf(value)
  if (!entries) return String(value).toLowerCase().includes(needle)
  return entries.some(([key, child]) => contains(child, needle, key))
}

export function countMatches(value: unknown, needle: string, name = ''): number {
  const own = name.toLowerCase().includes(needle) ? 1 : 0
  const entries = entriesOf(value)
  if (!entries) return own + (String(value).toLowerCase().includes(needle) ? 1 : 0)
  return entries.reduce((sum, [key, child]) => sum + countMatches(child, needle, key), own)
}
