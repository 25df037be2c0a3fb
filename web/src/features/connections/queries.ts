import { api, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { defineFilters, oneOf } from '~/lib/filters'

export const connectorList = () => api.queryOptions('get', '/v1/connectors')
export const connectionList = () => api.queryOptions('get', '/v1/connections')

/** The calls of the last day, of all connectors at once. */
export const callsOfTheDay = () =>
  api.queryOptions('get', '/v1/health', { params: { query: { window: '24h' } } })

export const connectionStatistics = (connector: string, window: Schemas['FigureWindow']) =>
  api.queryOptions('get', '/v1/connections/{connector}/statistics', {
    params: { path: { connector }, query: { window } },
  })

export const windowFilters = defineFilters({ window: oneOf(['24h', '7d', '30d']) })

export const WINDOWS = [
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
] as const

export function connectionsChanged() {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) =>
      typeof path === 'string' &&
      (path.startsWith('/v1/connections') || path.startsWith('/v1/settings')),
  })
}
