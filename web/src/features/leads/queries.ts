import { api, client } from '~/api/api'
import { paged } from '~/api/paged'
import { defineFilters, oneOf, text } from '~/lib/filters'

export const LEAD_STATUSES = ['open', 'won', 'lost', 'merged'] as const

export const leadFilters = defineFilters({ text, status: oneOf(LEAD_STATUSES), client_id: text })

type LeadFilter = ReturnType<typeof leadFilters.parse>

export const leadList = (filter: LeadFilter) =>
  paged('/v1/leads', filter, (page, signal) =>
    client.GET('/v1/leads', { params: { query: { ...filter, ...page } }, signal }),
  )

export const leadDetail = (leadId: string) =>
  api.queryOptions('get', '/v1/leads/{lead_id}', { params: { path: { lead_id: leadId } } })

/** As many as a page has: a lead has one deliverable of each type. */
export const deliverablesOfLead = (leadId: string) =>
  api.queryOptions('get', '/v1/deliverables', {
    params: { query: { lead_id: leadId, limit: 100 } },
  })
