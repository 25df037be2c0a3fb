import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { api, client } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { defineFilters, oneOf } from '~/lib/filters'
import type { FlowWindow } from './types'

export const WINDOWS = ['24h', '7d', '30d'] as const satisfies readonly FlowWindow[]
export const DEFAULT_WINDOW: FlowWindow = '7d'

export const flowFilters = defineFilters({ window: oneOf(WINDOWS) })

export const flowList = () => api.queryOptions('get', '/v1/flows')

export const flowDetail = (flow: string) =>
  api.queryOptions('get', '/v1/flows/{flow}', { params: { path: { flow } } })

export const flowVersions = (flow: string) =>
  api.queryOptions('get', '/v1/flows/{flow}/versions', { params: { path: { flow } } })

/** A version by its digest, which stands for one text and no other. */
export const flowVersion = (flow: string, version: string) =>
  api.queryOptions(
    'get',
    '/v1/flows/{flow}/versions/{version}',
    { params: { path: { flow, version } } },
    { staleTime: 60_000 },
  )

export const flowStatistics = (window: FlowWindow) =>
  api.queryOptions('get', '/v1/flow-statistics', { params: { query: { window } } })

// They change with the server's release.
const FIXED = { staleTime: Number.POSITIVE_INFINITY }

export const flowSchema = () => api.queryOptions('get', '/v1/flow-schema', {}, FIXED)

export const functionList = () => api.queryOptions('get', '/v1/functions', {}, FIXED)

/** What the checker says of a text. The answer of the text before stands until the new one is there. */
export const checkedFlow = (source: string) =>
  queryOptions({
    queryKey: ['post', '/v1/flows/check', source],
    queryFn: async ({ signal }) => {
      const { data, error } = await client.POST('/v1/flows/check', { body: { source }, signal })
      if (!data) throw error
      return data
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  })

/** After a version was saved or taken into use, or a flow switched off. */
export async function invalidateFlows() {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) =>
      typeof path === 'string' && path.startsWith('/v1/flows') && path !== '/v1/flows/check',
  })
}
