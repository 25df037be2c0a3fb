import { queryOptions } from '@tanstack/react-query'

import { api, client, idempotent, type Schemas } from '~/api/api'
import { paged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { defineFilters, oneOf, text } from '~/lib/filters'
import { given } from '~/lib/given'
import { PERIODS, sinceOf } from '~/lib/periods'

export const DELIVERY_STATUSES = ['accepted', 'invalid', 'ignored'] as const
export const MESSAGE_STATUSES = ['pending', 'delivered', 'failed', 'cancelled'] as const
export const SUBSCRIPTION_STATUSES = ['active', 'paused', 'disabled'] as const

export const receivedFilters = defineFilters({ status: oneOf(DELIVERY_STATUSES) })

type ReceivedFilter = ReturnType<typeof receivedFilters.parse>

export const receivedList = (filter: ReceivedFilter) =>
  paged('/v1/webhooks', filter, (page, signal) =>
    client.GET('/v1/webhooks', { params: { query: { ...filter, ...page } }, signal }),
  )

export const receivedDetail = (deliveryId: string) =>
  api.queryOptions('get', '/v1/webhooks/{delivery_id}', {
    params: { path: { delivery_id: deliveryId } },
  })

export const sentFilters = defineFilters({
  text,
  subscription_id: text,
  status: oneOf(MESSAGE_STATUSES),
  type: text,
  subject: text,
  period: oneOf(PERIODS),
})

export type SentFilter = ReturnType<typeof sentFilters.parse>

export const sentList = (filter: SentFilter) =>
  paged('/v1/webhook-messages', filter, (page, signal) => {
    const { period, ...rest } = filter
    const query = { ...rest, ...given({ since: sinceOf(period) }), ...page }
    return client.GET('/v1/webhook-messages', { params: { query }, signal })
  })

export const sentDetail = (messageId: string) =>
  api.queryOptions('get', '/v1/webhook-messages/{message_id}', {
    params: { path: { message_id: messageId } },
  })

const SUBSCRIPTIONS_MAX = 100

/** All of them, for names and choices; there are few. */
export const subscriptionList = () =>
  api.queryOptions('get', '/v1/webhook-subscriptions', {
    params: { query: { limit: SUBSCRIPTIONS_MAX } },
  })

export const subscriptionDetail = (subscriptionId: string) =>
  api.queryOptions('get', '/v1/webhook-subscriptions/{subscription_id}', {
    params: { path: { subscription_id: subscriptionId } },
  })

export const webhookStatistics = (window: Schemas['FigureWindow']) =>
  api.queryOptions('get', '/v1/webhook-statistics', { params: { query: { window } } })

/** What a replay would do. It is asked anew whenever it is shown. */
export const receivedReplayPreview = (deliveryId: string) =>
  preview(['received', deliveryId], (signal) =>
    client.POST('/v1/webhooks/{delivery_id}/replay', {
      params: { path: { delivery_id: deliveryId } },
      body: { dry_run: true },
      signal,
    }),
  )

export const receivedReplaysPreview = (body: Omit<Schemas['ReplayWebhooks'], 'dry_run'>) =>
  preview(['received', body], (signal) =>
    client.POST('/v1/webhooks/replay', { body: { ...body, dry_run: true }, signal }),
  )

export const sentReplayPreview = (messageId: string) =>
  preview(['sent', messageId], (signal) =>
    client.POST('/v1/webhook-messages/{message_id}/replay', {
      params: { path: { message_id: messageId } },
      body: { dry_run: true },
      signal,
    }),
  )

export const sentReplaysPreview = (body: Omit<Schemas['ReplayWebhookMessages'], 'dry_run'>) =>
  preview(['sent', body], (signal) =>
    client.POST('/v1/webhook-messages/replay', { body: { ...body, dry_run: true }, signal }),
  )

function preview<Answer>(
  key: readonly unknown[],
  ask: (signal: AbortSignal) => Promise<{ data?: Answer; error?: unknown }>,
) {
  return queryOptions({
    queryKey: ['replay-preview', ...key],
    queryFn: async ({ signal }) => {
      const { data, error } = await ask(signal)
      if (!data) throw error
      return data
    },
    staleTime: 0,
    gcTime: 0,
  })
}

const BATCHES_MAX = 50

/** Replays all received webhooks that fit, one part after the other. */
export async function replayReceived(body: Omit<Schemas['ReplayWebhooks'], 'dry_run'>) {
  const done = { replayed: 0, changed: 0 }
  let cursor: string | undefined
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const { data, error } = await client.POST('/v1/webhooks/replay', {
      params: { header: idempotent() },
      body: { ...body, dry_run: false, ...(cursor && { cursor }) },
    })
    if (!data) throw error
    done.replayed += data.items.length
    done.changed += data.changed
    cursor = data.next_cursor
    if (!cursor) break
  }
  return done
}

/** Reads again whatever shows webhooks. */
export function webhooksChanged() {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) =>
      typeof path === 'string' && path.startsWith('/v1/webhook'),
  })
}
