import { useState } from 'react'

import { api } from '~/api/api'
import { sampleInput, triggerOf } from '../model/sample'

/** The input to try a flow with: a sample, or what an event brought that started it, until somebody types. */
export function useTryInput(source: string) {
  const [typed, setTyped] = useState<string>()
  const [trigger] = useState(() => triggerOf(source))
  const [sample] = useState(() => sampleInput(source))
  const { data: events } = api.useQuery(
    'get',
    '/v1/events',
    { params: { query: { type: trigger?.type ?? '', limit: 1 } } },
    { enabled: trigger !== undefined, staleTime: Number.POSITIVE_INFINITY },
  )
  const event = events?.items.find(({ event: { type } }) => type === trigger?.type)?.event
  const begin = event ? [trigger?.isWhole ? event : event.data] : sample
  return {
    input: typed ?? JSON.stringify(begin, undefined, 2),
    setInput: setTyped,
    /** Where the input comes from. */
    origin: event && typed === undefined ? `What an earlier ${event.type} brought` : undefined,
  }
}
