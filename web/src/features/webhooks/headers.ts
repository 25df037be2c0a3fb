import type { Fact } from '~/ui/KeyValue'

/** Headers as they came, by name. Their values are of the sender, and shown as text. */
export function headersOf(headers: unknown): Fact[] {
  if (typeof headers !== 'object' || headers === null) return []
  return Object.entries(headers)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([label, value]) => ({
      label,
      value: Array.isArray(value) ? value.join(', ') : String(value),
    }))
}
