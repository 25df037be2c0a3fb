import { api } from '~/api/api'
import { STAGES } from '~/features/clients/queries'
import { defineFilters, flag, oneOf, text } from '~/lib/filters'
import { given } from '~/lib/given'

/** `stage` is the one that a phone shows; `waiting` leaves only clients with something open. */
export const pipelineFilters = defineFilters({ text, waiting: flag, stage: oneOf(STAGES) })

export const pipelineQuery = (searched: string | undefined) =>
  api.queryOptions('get', '/v1/pipeline', { params: { query: given({ text: searched }) } })
