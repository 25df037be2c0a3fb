/** A definition as the diagram and the editor see it. Places are JSON pointers, as the API has them. */
export type TaskKind =
  | 'call'
  | 'do'
  | 'emit'
  | 'for'
  | 'fork'
  | 'listen'
  | 'raise'
  | 'run'
  | 'set'
  | 'switch'
  | 'try'
  | 'unknown'
  | 'wait'

/** A part of the text, in characters from its beginning. */
export type Span = { from: number; to: number }

export type Case = { name: string; when?: string; next: string }

export type LaneRole = 'body' | 'branch' | 'catch'

/** A list of tasks inside a task. */
export type Lane = {
  role: LaneRole
  /** What is written over it. */
  label?: string
  /** The place of the branch whose list it is. */
  pointer?: string
  tasks: Task[]
}

export type Task = {
  pointer: string
  name: string
  kind: TaskKind
  /** What it does, in a few words: the function, the event, the duration. */
  detail?: string
  condition?: string
  /** Where it goes on, unless to its neighbour. */
  next?: string
  /** How often a failure is tried again, in a few words. */
  retry?: string
  /** Whether the first of its branches decides. */
  isRace?: boolean
  cases: Case[]
  lanes: Lane[]
  span: Span
}

export type Definition = {
  name: string
  version: string
  namespace: string
  title: string
  /** What starts it, in a few words. */
  starts: string
  startSentence: string
  tasks: Task[]
  /** Functions of its own, by name, each a task. */
  functions: Task[]
}

/** All tasks in reading order, those inside after the one that holds them. */
export function allTasks(tasks: readonly Task[]): Task[] {
  return tasks.flatMap((task) => [task, ...task.lanes.flatMap((lane) => allTasks(lane.tasks))])
}

/** The innermost task around a character of the text. */
export function taskAt(tasks: readonly Task[], offset: number): Task | undefined {
  const around = allTasks(tasks).filter(({ span }) => span.from <= offset && offset <= span.to)
  return around.at(-1)
}

/** The pointer itself or the nearest one around it that `known` has. */
export function nearestKnown(
  pointer: string,
  known: { has: (pointer: string) => boolean },
): string | undefined {
  let place = pointer
  while (place) {
    if (known.has(place)) return place
    place = place.slice(0, place.lastIndexOf('/'))
  }
  return undefined
}

/** The task's name: the last part of its pointer. */
export function nameOf(pointer: string): string {
  return unescapeName(pointer.slice(pointer.lastIndexOf('/') + 1))
}

/** The names on the way to a task, its own last. Each follows its number in a list. */
export function namesOf(pointer: string): string[] {
  const parts = pointer.split('/')
  const names = parts.filter((_, index) => /^\d+$/.test(parts[index - 1] ?? '')).map(unescapeName)
  return names.length > 0 ? names : [nameOf(pointer)]
}

function unescapeName(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
