import createQueryClient from 'openapi-react-query'

import { client, createApiClient } from '~/api/api'
import { paged } from '~/api/paged'
import { defineFilters, manyOf, oneOf, text } from '~/lib/filters'
import { given } from '~/lib/given'
import type { RunPaths } from './contract'

const runApi = createQueryClient(createApiClient<RunPaths>())

export const RUN_STATUSES = [
  'running',
  'waiting',
  'suspended',
  'faulted',
  'completed',
  'cancelled',
  'pending',
] as const

export const PERIODS = ['1h', '24h', '7d', '30d'] as const

const HOUR_MS = 3_600_000
const PERIOD_MS: Record<(typeof PERIODS)[number], number> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
}

export const runFilters = defineFilters({
  text,
  flow: text,
  status: manyOf(RUN_STATUSES),
  since: oneOf(PERIODS),
})

export type RunFilter = ReturnType<typeof runFilters.parse>

export const runList = (filter: RunFilter) =>
  paged('/v1/runs', filter, ({ limit, cursor }, signal) =>
    client.GET('/v1/runs', {
      params: {
        query: given({
          flow: filter.flow,
          text: filter.text,
          status: filter.status?.join(','),
          started_after: filter.since && before(PERIOD_MS[filter.since]),
          limit,
          cursor,
        }),
      },
      signal,
    }),
  )

export const runDetail = (runId: string) =>
  runApi.queryOptions('get', '/v1/runs/{run_id}', { params: { path: { run_id: runId } } })

function before(milliseconds: number): string {
  return new Date(Date.now() - milliseconds).toISOString()
}
