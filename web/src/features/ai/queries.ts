import { api, type Schemas } from '~/api/api'
import { defineFilters, oneOf } from '~/lib/filters'
import { firstDay } from './usage'

export const GROUPS = ['model', 'flow', 'client', 'prompt', 'day'] as const
export const MEASURES = ['cost', 'tokens'] as const

export const WINDOWS = ['7d', '30d', '90d'] as const

export const usageFilters = defineFilters({
  window: oneOf(WINDOWS),
  group: oneOf(GROUPS),
  measure: oneOf(MEASURES),
})

export type UsageFilter = ReturnType<typeof usageFilters.parse>

export const USUAL_WINDOW = '30d'
const DAYS = { '7d': 7, '30d': 30, '90d': 90 }

export function daysOf(window: UsageFilter['window']): number {
  return DAYS[window ?? USUAL_WINDOW]
}

export const aiUsage = (group: Schemas['AiUsageBy'], window: UsageFilter['window']) =>
  api.queryOptions('get', '/v1/ai-usage', {
    params: { query: { group_by: group, since: `${firstDay(daysOf(window))}T00:00:00Z` } },
  })
