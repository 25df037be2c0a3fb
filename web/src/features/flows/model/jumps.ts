import type { Task } from './definition'
import { type Box, type Point, SIZE } from './layout'

/** How far lines that go along a list are apart. */
const TRACK = 14

export type Jump = { id: string; points: readonly Point[] }

type Wanted = { from: Task; to: Task; row: number | undefined }

const WORDS = new Set(['continue', 'exit', 'end'])

/** How much room the lines along the side of a list take. */
export function sideOf(tasks: readonly Task[]): number {
  const tracks = tracksOf(tasks, jumpsOf(tasks))
  return tracks.length > 0 ? (Math.max(...tracks) + 2) * TRACK : 0
}

/** The lines of a list's jumps beside it. */
export function routeJumps(
  tasks: readonly Task[],
  boxOf: (task: Task) => Box | undefined,
  side: number,
): Jump[] {
  const wanted = jumpsOf(tasks)
  const tracks = tracksOf(tasks, wanted)
  return wanted.flatMap(({ from, to, row }, index) => {
    const [start, target] = [boxOf(from), boxOf(to)]
    if (!start || !target) return []
    const track = tracks[index] ?? 0
    const x = side + (track + 1) * TRACK
    const y = start.y + (row === undefined ? start.height / 2 : rowMiddle(row))
    // Those of several tracks that lead to the same task end a little apart.
    const end = target.y + SIZE.height / 2 - 6 + (track % 3) * 6
    return {
      id: `jump ${from.pointer} ${row ?? ''} ${to.pointer}`,
      points: [
        { x: start.x + start.width, y },
        { x, y },
        { x, y: end },
        { x: target.x + target.width, y: end },
      ],
    }
  })
}

/** A track for each jump: short ones inside, and no two on the same where they would meet. */
function tracksOf(tasks: readonly Task[], wanted: readonly Wanted[]): number[] {
  const spans = wanted.map(({ from, to }) => {
    const ends = [tasks.indexOf(from), tasks.indexOf(to)]
    return { first: Math.min(...ends), last: Math.max(...ends) }
  })
  const tracks = spans.map(() => 0)
  const taken: { first: number; last: number }[][] = []
  const order = [...spans.keys()].sort((a, b) => lengthOf(spans[a]) - lengthOf(spans[b]))
  for (const index of order) {
    const span = spans[index]
    if (!span) continue
    const isFree = (others: typeof spans) =>
      others.every(({ first, last }) => last < span.first || span.last < first)
    const free = taken.findIndex(isFree)
    const track = free === -1 ? taken.length : free
    taken[track] = [...(taken[track] ?? []), span]
    tracks[index] = track
  }
  return tracks
}

function lengthOf(span: { first: number; last: number } | undefined): number {
  return span ? span.last - span.first : 0
}

function jumpsOf(tasks: readonly Task[]): Wanted[] {
  const byName = new Map(tasks.map((task) => [task.name, task]))
  const target = (next: string | undefined) =>
    next && !WORDS.has(next) ? byName.get(next) : undefined
  return tasks.flatMap((from) => {
    const own = target(from.next)
    const ofCases = from.cases.flatMap((one, row) => {
      const to = target(one.next)
      return to ? [{ from, to, row }] : []
    })
    return own ? [...ofCases, { from, to: own, row: undefined }] : ofCases
  })
}

function rowMiddle(row: number): number {
  return SIZE.height + row * SIZE.caseHeight + SIZE.caseHeight / 2
}
