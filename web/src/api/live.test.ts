import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { createLive, stalePaths } from './live'

class FakeEventSource extends EventTarget {
  static CLOSED = 2
  static all: FakeEventSource[] = []
  readyState = 0

  url: string

  constructor(url: string) {
    super()
    this.url = url
    FakeEventSource.all.push(this)
  }

  close() {
    this.readyState = FakeEventSource.CLOSED
  }
}

const latest = () => FakeEventSource.all.at(-1) as FakeEventSource
const message = (type: string) =>
  new MessageEvent('event', { data: JSON.stringify({ position: 1, event: { type } }) })

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeEventSource)
  FakeEventSource.all = []
})
afterEach(() => {
  vi.useRealTimers()
})

test('a burst of events makes what it changes stale, once', () => {
  const queryClient = new QueryClient()
  queryClient.setQueryData(['get', '/v1/leads', {}, 'pages'], {})
  queryClient.setQueryData(['get', '/v1/invoices', {}, 'pages'], {})
  const invalidate = vi.spyOn(queryClient, 'invalidateQueries')
  const unsubscribe = createLive(queryClient).subscribe(() => {})

  for (let i = 0; i < 20; i += 1) latest().dispatchEvent(message('lead.created'))
  vi.advanceTimersByTime(300)

  const isStale = (path: string) =>
    queryClient.getQueryState(['get', path, {}, 'pages'])?.isInvalidated
  expect(invalidate).toHaveBeenCalledTimes(1)
  expect(isStale('/v1/leads')).toBe(true)
  expect(isStale('/v1/invoices')).toBe(false)
  unsubscribe()
})

test('a list of which much was read is stale, and not read again page by page', () => {
  const queryClient = new QueryClient()
  const refetch = vi.spyOn(queryClient, 'refetchQueries')
  const read = (pages: number) => {
    const key = ['get', '/v1/clients', { pages }, 'pages']
    queryClient.setQueryData(key, { pages: Array.from({ length: pages }, () => ({ items: [] })) })
    return queryClient.getQueryCache().find({ queryKey: key })
  }
  const [short, long] = [read(2), read(40)]
  const unsubscribe = createLive(queryClient).subscribe(() => {})

  latest().dispatchEvent(message('client.created'))
  vi.advanceTimersByTime(300)

  const reads = (query: typeof short) =>
    query && refetch.mock.calls[0]?.[0]?.predicate?.(query as never)
  expect([short?.state.isInvalidated, long?.state.isInvalidated]).toEqual([true, true])
  expect([reads(short), reads(long)]).toEqual([true, false])
  unsubscribe()
})

test('a stream that is refused is opened again, and what was missed is read again', () => {
  const queryClient = new QueryClient()
  const invalidate = vi.spyOn(queryClient, 'invalidateQueries')
  const live = createLive(queryClient)
  const unsubscribe = live.subscribe(() => {})

  latest().close()
  latest().dispatchEvent(new Event('error'))
  expect(live.state()).toBe('reconnecting')
  vi.advanceTimersByTime(1_000)
  expect(FakeEventSource.all).toHaveLength(2)

  latest().dispatchEvent(new Event('open'))
  expect(live.state()).toBe('live')
  expect(invalidate).toHaveBeenCalledTimes(1)
  unsubscribe()
})

test('a stream that is opened again goes on where the last one ended', () => {
  const queryClient = new QueryClient()
  const invalidate = vi.spyOn(queryClient, 'invalidateQueries')
  const unsubscribe = createLive(queryClient).subscribe(() => {})

  latest().dispatchEvent(message('lead.created'))
  vi.advanceTimersByTime(300)
  latest().close()
  latest().dispatchEvent(new Event('error'))
  vi.advanceTimersByTime(1_000)
  latest().dispatchEvent(new Event('open'))

  expect(latest().url).toBe('/v1/events/stream?after=1')
  expect(invalidate).toHaveBeenCalledTimes(1)
  unsubscribe()
})

test('the last listener closes the stream', () => {
  const live = createLive(new QueryClient())
  const first = live.subscribe(() => {})
  const second = live.subscribe(() => {})
  first()
  expect(latest().readyState).toBe(0)
  second()
  expect(latest().readyState).toBe(FakeEventSource.CLOSED)
})

test('runs are found by the events of their flows', () => {
  expect(stalePaths('flow.run.completed')).toContain('/v1/runs')
  expect(stalePaths('flow.version.activated')).toContain('/v1/flows')
  expect(stalePaths('something.new')).toContain('/v1/today')
})
