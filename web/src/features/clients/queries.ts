import { api, client } from '~/api/api'
import { paged } from '~/api/paged'
import { defineFilters, manyOf, oneOf, text } from '~/lib/filters'

export const STAGES = [
  'intake',
  'assessed',
  'proposal',
  'contract',
  'paid',
  'delivered',
  'lost',
] as const

export const SORTS = ['created', 'updated', 'name'] as const

export const clientFilters = defineFilters({
  text,
  stage: manyOf(STAGES),
  sort: oneOf(SORTS),
})

type ClientFilter = ReturnType<typeof clientFilters.parse>

export const clientList = ({ stage, ...rest }: ClientFilter) => {
  const filter = { ...rest, ...(stage && { stage: stage.join(',') }) }
  return paged('/v1/clients', filter, (page, signal) =>
    client.GET('/v1/clients', { params: { query: { ...filter, ...page } }, signal }),
  )
}

export const clientDetail = (clientId: string) =>
  api.queryOptions('get', '/v1/clients/{client_id}', { params: { path: { client_id: clientId } } })
