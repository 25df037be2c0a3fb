import type { TimelineEntry } from './types'

/** Steps of one run that follow each other are one line, which unfolds. */
export type Row =
  | { kind: 'entry'; key: string; entry: TimelineEntry }
  | { kind: 'calls'; key: string; entries: TimelineEntry[] }

export type Day = {
  /** `2026-11-22`, in the viewer's time zone. */
  date: string
  rows: Row[]
}

const WORTH_FOLDING = 3

/** The entries, newest first, by day. */
export function daysOf(entries: readonly TimelineEntry[]): Day[] {
  const days: { date: string; entries: TimelineEntry[] }[] = []
  for (const entry of entries) {
    const date = localDate(entry.at)
    const last = days.at(-1)
    if (last?.date === date) last.entries.push(entry)
    else days.push({ date, entries: [entry] })
  }
  return days.map((day) => ({ date: day.date, rows: rowsOf(day.entries) }))
}

function rowsOf(entries: readonly TimelineEntry[]): Row[] {
  const rows: Row[] = []
  let index = 0
  for (let first = entries[0]; first; first = entries[index]) {
    const calls = callsFrom(entries, index)
    if (calls.length >= WORTH_FOLDING) {
      rows.push({ kind: 'calls', key: `calls ${keyOf(first)}`, entries: calls })
      index += calls.length
    } else {
      rows.push({ kind: 'entry', key: keyOf(first), entry: first })
      index += 1
    }
  }
  return rows
}

/** The steps of one run that stand together from here on. */
function callsFrom(entries: readonly TimelineEntry[], start: number): TimelineEntry[] {
  const run = entries[start]?.ids.run_id
  const end = entries.findIndex(
    ({ kind, ids }, index) => index >= start && (kind !== 'call' || ids.run_id !== run),
  )
  return entries.slice(start, end === -1 ? undefined : end)
}

/** The functions of some steps, each once, in the order in which they were called. */
export function functionsOf(entries: readonly TimelineEntry[]): string[] {
  const names = entries.map((entry) => entry.function ?? entry.title)
  return [...new Set(names.reverse())]
}

export function keyOf({ kind, at, ids }: TimelineEntry): string {
  return [kind, at, ...Object.values(ids)].join(' ')
}

function localDate(instant: string): string {
  const date = new Date(instant)
  const month = String(date.getMonth() + 1).padStart(2, '0')
  const day = String(date.getDate()).padStart(2, '0')
  return `${date.getFullYear()}-${month}-${day}`
}
