import { queryOptions } from '@tanstack/react-query'
import createQueryClient from 'openapi-react-query'

import { createApiClient } from '~/api/api'
import { asProblem } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { defineFilters, flag, text } from '~/lib/filters'
import type { SandboxPaths } from './contract'

const client = createApiClient<SandboxPaths>()

export const sandboxApi = createQueryClient(client)

const WATCH_MS = 3_000

/** The providers, or nothing where the sandbox is off. */
export const providers = () =>
  queryOptions({
    queryKey: ['get', '/_sandbox/providers'],
    queryFn: async ({ signal }) => {
      try {
        const { data, error } = await client.GET('/_sandbox/providers', { signal })
        if (!data) throw error
        return data.items
      } catch (error) {
        if (asProblem(error).status === 404) return null
        throw error
      }
    },
    refetchInterval: WATCH_MS,
  })

export const armedFaults = () => ({
  ...sandboxApi.queryOptions('get', '/_sandbox/faults'),
  refetchInterval: WATCH_MS,
})

export const ledger = (provider: string) => ({
  ...sandboxApi.queryOptions('get', '/_sandbox/ledger', {
    params: { query: { provider, format: 'json' } },
  }),
  refetchInterval: WATCH_MS,
})

export const sandboxFilters = defineFilters({ provider: text, faulty: flag })

export function sandboxChanged() {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) => typeof path === 'string' && path.startsWith('/_sandbox'),
  })
}
