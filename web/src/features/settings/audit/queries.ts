import { client, type Schemas } from '~/api/api'
import { paged } from '~/api/paged'
import { defineFilters, oneOf, text } from '~/lib/filters'
import { given } from '~/lib/given'
import { PERIODS, sinceOf } from '~/lib/periods'

export const auditFilters = defineFilters({
  actor: text,
  action: text,
  resource: text,
  period: oneOf(PERIODS),
})

export type AuditFilter = ReturnType<typeof auditFilters.parse>

export const auditList = (filter: AuditFilter) =>
  paged('/v1/audit', filter, (page, signal) => {
    const { period, ...rest } = filter
    const query = { ...rest, ...given({ since: sinceOf(period) }), ...page }
    return client.GET('/v1/audit', { params: { query }, signal })
  })

/** Follows the chain from its beginning; a break in it is thrown as the problem `audit-broken`. */
export async function verifyAudit() {
  const { data, error } = await client.GET('/v1/audit/verification')
  if (!data) throw error
  return data
}

export type ExportFormat = Schemas['Format']

/** The file of all entries since then: the browser saves it. */
export function exportAddress(format: ExportFormat, since: string | undefined): string {
  return `/v1/audit/export?${new URLSearchParams({ format, ...(since && { since }) })}`
}

/** `fields: name, role` of `{"fields": ["name", "role"]}`: which were given, never what was in them. */
export function factsOf(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return ''
  return Object.entries(detail)
    .map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : String(value)
      return name === 'fields' ? text : `${name}: ${text}`
    })
    .join(' · ')
}
