import { api } from '~/api/api'
import { defineFilters, oneOf } from '~/lib/filters'
import { GROUP_NAMES } from './items'

export const todayQuery = () => api.queryOptions('get', '/v1/today')

export const todayFilters = defineFilters({ only: oneOf(GROUP_NAMES) })
