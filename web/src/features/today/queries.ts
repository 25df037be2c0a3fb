import { api } from '~/api/api'
import { defineFilters, oneOf } from '~/lib/filters'
import { GROUP_NAMES } from './items'

/** What waits for a person; only what is about one client, where one is named. */
export const todayQuery = (clientId?: string) =>
  api.queryOptions(
    'get',
    '/v1/today',
    clientId ? { params: { query: { client_id: clientId } } } : {},
  )

export const todayFilters = defineFilters({ only: oneOf(GROUP_NAMES) })
