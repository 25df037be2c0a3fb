import { client } from '~/api/api'
import { paged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { defineFilters, flag, oneOf, text } from '~/lib/filters'

export const SEVERITIES = ['critical', 'warning', 'info'] as const

/** Open alerts alone, unless the address says otherwise. `alert` is the one whose details are open. */
export const alertFilters = defineFilters({
  resolved: flag,
  severity: oneOf(SEVERITIES),
  kind: text,
  cause: text,
  alert: text,
})

export type AlertFilter = ReturnType<typeof alertFilters.parse>

export const alertList = ({ resolved = false, alert: _, ...filter }: AlertFilter) =>
  paged('/v1/alerts', { ...filter, open: !resolved }, (page, signal) =>
    client.GET('/v1/alerts', {
      params: { query: { ...filter, open: !resolved, ...page } },
      signal,
    }),
  )

export function alertsChanged() {
  return queryClient.invalidateQueries({ queryKey: ['get', '/v1/alerts'] })
}
