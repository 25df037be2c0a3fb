import { api } from '~/api/api'
import { STAGES } from '~/features/clients/queries'
import { defineFilters, flag, oneOf, text } from '~/lib/filters'
import { given } from '~/lib/given'
import { keepCards } from './board'
import type { Pipeline } from './types'

/** `stage` is the one that a phone shows; `waiting` leaves only clients with something open. */
export const pipelineFilters = defineFilters({ text, waiting: flag, stage: oneOf(STAGES) })

export const pipelineQuery = (searched: string | undefined) =>
  api.queryOptions(
    'get',
    '/v1/pipeline',
    { params: { query: given({ text: searched }) } },
    { structuralSharing: keepOld },
  )

// By itself a query compares cards by their places: one that comes on top makes all below it new.
function keepOld(before: unknown, after: unknown): unknown {
  return before === undefined ? after : keepCards(before as Pipeline, after as Pipeline)
}
