import { useSyncExternalStore } from 'react'

import {
  formatAge,
  formatClock,
  formatDateTime,
  formatDay,
  formatExact,
  formatRelative,
} from '~/lib/format'
import { None } from './Money'

const TICK_MS = 20_000

const FORMATS = {
  relative: formatRelative,
  full: formatDateTime,
  day: formatDay,
  clock: formatClock,
  age: formatAge,
} as const satisfies Record<string, (at: string, now: number) => string>

type TimeProps = {
  at: string | undefined
  /**
   * `relative` in lists, `full` where the instant itself matters, `day` where only the day does,
   * `clock` within one run, `age` where there is no room.
   */
  as?: keyof typeof FORMATS
}

/** An instant in the viewer's time zone, with the exact one on hover. */
export function Time({ at, as = 'relative' }: TimeProps) {
  const now = useSyncExternalStore(subscribe, readNow)
  if (!at) return <None />
  // The common clock is behind by up to a tick: what has just happened is not ahead of anybody.
  return (
    <time dateTime={at} title={`${formatExact(at)}\n${at}`} className="h-nowrap">
      {FORMATS[as](at, Math.max(now, Date.now()))}
    </time>
  )
}

// One clock for all times on the page, which ticks only while there are any.
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function tick() {
  now = Date.now()
  for (const listener of listeners) listener()
}

function readNow(): number {
  // A page that opens after a pause must not read a stopped clock.
  if (timer === undefined) now = Math.floor(Date.now() / TICK_MS) * TICK_MS + TICK_MS
  return now
}
