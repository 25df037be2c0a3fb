import type { Query, QueryClient } from '@tanstack/react-query'

import { isLongList } from './paged'

const STREAM = '/v1/events/stream'
const BATCH_MS = 250
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/**
 * Which lists and things an event makes stale: by the start of its type, the starts of the paths
 * that are read again. The first entry that fits counts.
 */
const STALE: readonly (readonly [event: string, paths: readonly string[]])[] = [
  ['lead.', ['/v1/leads', '/v1/clients']],
  ['client.', ['/v1/clients', '/v1/leads']],
  ['intake.', ['/v1/leads', '/v1/clients', '/v1/intake-forms']],
  ['form.', ['/v1/intake-forms']],
  ['deliverable.', ['/v1/deliverables', '/v1/leads', '/v1/clients']],
  ['proposal.', ['/v1/leads', '/v1/clients']],
  ['project.', ['/v1/projects', '/v1/clients']],
  ['milestone.', ['/v1/projects', '/v1/invoices']],
  ['invoice.', ['/v1/invoices', '/v1/projects', '/v1/clients']],
  ['flow.run.', ['/v1/runs', '/v1/flow-statistics']],
  ['flow.', ['/v1/flows']],
  ['run.', ['/v1/runs', '/v1/flow-statistics']],
  ['call.', ['/v1/runs', '/v1/ai-usage']],
  ['human_task.', ['/v1/human-tasks', '/v1/runs']],
  ['webhook.', ['/v1/webhooks', '/v1/webhook-']],
  ['connection.', ['/v1/connections', '/v1/connectors']],
  ['alert.', ['/v1/alerts']],
  ['memory.', ['/v1/memories']],
  ['prompt.', ['/v1/prompts']],
  ['tenant.', ['/v1/tenant', '/v1/branding']],
]

/** What any event may change. */
const OVERVIEWS = [
  '/v1/today',
  '/v1/pipeline',
  '/v1/clients/{client_id}/timeline',
  '/v1/events',
  '/v1/health',
]

export type LiveState = 'connecting' | 'live' | 'reconnecting'

/**
 * Reads the tenant's events as they happen and marks what they change as stale, so that what is on
 * the screen is read again. `subscribe` opens the stream, and closes it with the last listener.
 */
export function createLive(queryClient: QueryClient) {
  const listeners = new Set<() => void>()
  const stale = new Set<string>()
  let state: LiveState = 'connecting'
  let source: EventSource | undefined
  let flushTimer: ReturnType<typeof setTimeout> | undefined
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let retryMs = FIRST_RETRY_MS
  let position: number | undefined
  let missedSome = false

  const become = (next: LiveState) => {
    if (state === next) return
    state = next
    for (const listener of listeners) listener()
  }

  const flush = () => {
    flushTimer = undefined
    const starts = [...stale]
    stale.clear()
    const isStale = ({ queryKey: [, path] }: Query) =>
      typeof path === 'string' && starts.some((start) => path.startsWith(start))
    void queryClient.invalidateQueries({ predicate: isStale, refetchType: 'none' })
    void queryClient.refetchQueries({
      type: 'active',
      predicate: (query) => isStale(query) && !isLongList(query),
    })
  }

  const note = (eventType: string) => {
    for (const path of stalePaths(eventType)) stale.add(path)
    flushTimer ??= setTimeout(flush, BATCH_MS)
  }

  const open = () => {
    const stream = new EventSource(position === undefined ? STREAM : `${STREAM}?after=${position}`)
    source = stream
    stream.addEventListener('open', () => {
      become('live')
      retryMs = FIRST_RETRY_MS
      // Without a position to go on from, what came in between is unknown.
      if (missedSome && position === undefined) void queryClient.invalidateQueries()
      missedSome = false
    })
    stream.addEventListener('event', ({ data }) => {
      const message = read(data)
      if (!message) return
      position = message.position
      note(message.event.type)
    })
    stream.addEventListener('error', () => {
      become('reconnecting')
      // The browser itself goes on after a broken connection, but not after an error answer.
      if (stream.readyState !== EventSource.CLOSED) return
      missedSome = true
      retryTimer = setTimeout(open, retryMs * (0.5 + Math.random() / 2))
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    })
  }

  const close = () => {
    source?.close()
    clearTimeout(flushTimer)
    clearTimeout(retryTimer)
    source = flushTimer = retryTimer = undefined
    state = 'connecting'
  }

  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      if (!source) open()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) close()
      }
    },
    state: () => state,
  }
}

/** The starts of the paths that an event of this type makes stale. */
export function stalePaths(eventType: string): readonly string[] {
  const entry = STALE.find(([start]) => eventType.startsWith(start))
  return [...(entry?.[1] ?? []), ...OVERVIEWS]
}

type Message = { position: number; event: { type: string } }

function read(data: unknown): Message | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const { position, event }: Partial<Message> = JSON.parse(data)
    return typeof position === 'number' && event ? { position, event } : undefined
  } catch {
    return undefined
  }
}
