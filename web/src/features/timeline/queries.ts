import { api, client } from '~/api/api'
import { paged } from '~/api/paged'
import { defineFilters, manyOf, text } from '~/lib/filters'
import { given } from '~/lib/given'
import type { EntryKind } from './types'

/** What a person chooses from, and the kinds of entries behind it. */
export const CHOICES = {
  events: ['event'],
  invoices: ['invoice'],
  webhooks: ['webhook_received', 'webhook_sent'],
  runs: ['run_started', 'run_ended'],
  steps: ['call'],
  tasks: ['human_task_asked', 'human_task_ended'],
} as const satisfies Record<string, readonly EntryKind[]>

export type Choice = keyof typeof CHOICES

export const CHOICE_NAMES = Object.keys(CHOICES) as Choice[]

/** `open` names what is shown in the drawer: see `subject.ts`. */
export const timelineFilters = defineFilters({ show: manyOf(CHOICE_NAMES), open: text })

const TIMELINE = '/v1/clients/{client_id}/timeline'

export const timelineList = (clientId: string, show: readonly Choice[] | undefined) => {
  const kinds = show?.flatMap((choice) => CHOICES[choice]).join(',')
  return paged(TIMELINE, { clientId, kinds }, (page, signal) =>
    client.GET(TIMELINE, {
      params: { path: { client_id: clientId }, query: given({ ...page, kinds }) },
      signal,
    }),
  )
}

/** The event at a place of the log, as a list of one. */
export const eventAt = (position: number) =>
  api.queryOptions('get', '/v1/events', {
    params: { query: { after: position - 1, limit: 1 } },
  })

export const runDetail = (runId: string) =>
  api.queryOptions('get', '/v1/runs/{run_id}', { params: { path: { run_id: runId } } })

export const webhookDetail = (deliveryId: string) =>
  api.queryOptions('get', '/v1/webhooks/{delivery_id}', {
    params: { path: { delivery_id: deliveryId } },
  })

export const messageDetail = (messageId: string) =>
  api.queryOptions('get', '/v1/webhook-messages/{message_id}', {
    params: { path: { message_id: messageId } },
  })

export const memoryDetail = (memoryId: string) =>
  api.queryOptions('get', '/v1/memories/{memory_id}', {
    params: { path: { memory_id: memoryId } },
  })
