import { shortId } from '~/ui/CopyButton'

const KINDS: ReadonlyMap<string, string> = new Map([
  ['member', 'Member'],
  ['token', 'Token'],
  ['flow', 'Flow'],
])

/**
 * `member:person_…`, `token:…` and `flow:run_…` by the known name, or by kind and the end of the id.
 * Other words, such as an event's type, stay as they are.
 */
export function actorName(value: string, names: ReadonlyMap<string, string>): string {
  const known = names.get(value)
  if (known) return known
  const colon = value.indexOf(':')
  const kind = KINDS.get(value.slice(0, Math.max(0, colon)))
  return kind ? `${kind} ${shortId(value.slice(colon + 1))}` : value
}
