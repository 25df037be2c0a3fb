import type { Schemas } from '~/api/api'

type Client = Schemas['ClientView']

const OPTIONAL = ['contact_name', 'phone', 'industry'] as const
const FIELDS = ['company_name', 'email', ...OPTIONAL] as const

type Field = (typeof FIELDS)[number]

/** Who a client is, as a form has it: empty where nothing is known. */
export type ClientFields = Record<Field, string>

export type ClientChanges = Omit<Schemas['UpdateClient'], 'seen_updated_at'>

export function fieldsOf(client: Client): ClientFields {
  return {
    company_name: client.company_name,
    email: client.email,
    contact_name: client.contact_name ?? '',
    phone: client.phone ?? '',
    industry: client.industry ?? '',
  }
}

/** What the form changes of a client: nothing of what is as it was, `null` where it was emptied. */
export function changesOf(values: ClientFields, client: Client): ClientChanges {
  const before = fieldsOf(client)
  const changes: ClientChanges = {}
  const isChanged = (field: Field) => values[field].trim() !== before[field]
  if (isChanged('company_name')) changes.company_name = values.company_name.trim()
  if (isChanged('email')) changes.email = values.email.trim()
  for (const field of OPTIONAL) {
    if (isChanged(field)) changes[field] = values[field].trim() || null
  }
  return changes
}

/**
 * The form after somebody else saved the client: what they changed is taken over where nothing else was
 * typed. Where both changed a field, what was typed stays, and `contested` says what stands there now.
 */
export function takeOver(
  typed: ClientFields,
  seen: Client,
  now: Client,
): { values: ClientFields; contested: Partial<ClientFields> } {
  const [before, after] = [fieldsOf(seen), fieldsOf(now)]
  const values = { ...typed }
  const contested: Partial<ClientFields> = {}
  for (const field of FIELDS) {
    if (after[field] === before[field] || typed[field].trim() === after[field]) continue
    if (typed[field].trim() === before[field]) values[field] = after[field]
    else contested[field] = after[field]
  }
  return { values, contested }
}
