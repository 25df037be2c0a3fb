import type { Activation } from './activations'
import type { Run } from './contract'

export type Bar = {
  id: string
  status: string
  /** Milliseconds from the run’s start. */
  from: number
  to: number
  isOpen: boolean
}

export type GanttRow = {
  id: string
  pointer: string
  name: string
  function: string | undefined
  bars: Bar[]
}

/** The bars of each step that took time, and the length of the whole. */
export function barsOf(
  run: Pick<Run, 'started_at' | 'ended_at'>,
  activations: readonly Activation[],
  now = Date.now(),
): { rows: GanttRow[]; length: number } {
  const start = Date.parse(run.started_at)
  const end = run.ended_at ? Date.parse(run.ended_at) : now
  const length = Math.max(end - start, 1)
  const since = (at: string) => Math.min(Math.max(Date.parse(at) - start, 0), length)
  const rows = activations.map((activation): GanttRow => {
    const bars = activation.calls.map(
      (call): Bar => ({
        id: `${call.number} ${call.attempt}`,
        status: call.status === 'started' && call.waiting_for ? 'waiting' : call.status,
        from: since(call.started_at ?? call.created_at),
        to: call.ended_at ? since(call.ended_at) : length,
        isOpen: !call.ended_at,
      }),
    )
    const { id, pointer, name, startedAt, endedAt, outcome = 'waiting' } = activation
    const own: Bar = {
      id,
      status: outcome,
      from: since(startedAt),
      to: endedAt ? since(endedAt) : length,
      isOpen: !endedAt,
    }
    const [first] = activation.calls
    return { id, pointer, name, function: first?.function, bars: first ? bars : [own] }
  })
  return { rows, length }
}

const STEPS = [1, 2, 5]
const TICKS_MAX = 6

/** Round moments along the scale, at most six. */
export function ticksOf(length: number): number[] {
  let step = 1
  for (let power = 1; length / step > TICKS_MAX; power *= 10) {
    step = STEPS.map((factor) => factor * power).find((one) => length / one <= TICKS_MAX) ?? step
  }
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step)
}
