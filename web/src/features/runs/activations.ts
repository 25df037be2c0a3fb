import { nameOf } from '~/features/flows/model/definition'
import type { Call, Run, StepEntry } from './contract'

/** One time that a task was done, or something that happened to the run as a whole. */
export type Activation = {
  id: string
  pointer: string
  name: string
  startedAt: string
  endedAt: string | undefined
  /** How it ended; undefined while it goes on. */
  outcome: string | undefined
  /** The attempts of its calls, in order. */
  calls: Call[]
}

export type Remark = { id: string; at: string; text: string }

export type Journal = { activations: Activation[]; remarks: Remark[] }

/** What a run did, task by task, in the order in which they began. */
export function journalOf({ steps, calls }: Pick<Run, 'steps' | 'calls'>): Journal {
  const activations: Activation[] = []
  const remarks: Remark[] = []
  const open = new Map<string, Activation[]>()
  const begin = (pointer: string, at: string) => {
    const activation: Activation = {
      id: `${pointer} ${activations.length}`,
      pointer,
      name: nameOf(pointer),
      startedAt: at,
      endedAt: undefined,
      outcome: undefined,
      calls: [],
    }
    activations.push(activation)
    open.set(pointer, [...(open.get(pointer) ?? []), activation])
  }
  const end = (pointer: string, at: string, outcome: string) => {
    const activation = open.get(pointer)?.pop()
    if (!activation) return
    activation.endedAt = at
    activation.outcome = outcome
  }
  for (const { at, entries, revision } of steps) {
    for (const [index, entry] of entries.entries()) {
      if ('started' in entry) begin(entry.started, at)
      else if ('ended' in entry) end(entry.ended, at, entry.outcome)
      else {
        remarks.push({ id: `${revision} ${index}`, at, text: remarkOf(entry) })
        if ('skipped_over' in entry) skip(activations, entry.skipped_over)
      }
    }
  }
  giveCalls(activations, calls)
  return { activations, remarks }
}

/** What failed last at this place was skipped by hand. */
function skip(activations: readonly Activation[], pointer: string) {
  const failed = activations.findLast((activation) => activation.pointer === pointer)
  if (failed) failed.outcome = 'skipped'
}

type RemarkEntry = Exclude<StepEntry, { started: string } | { ended: string }>

function remarkOf(entry: RemarkEntry): string {
  if ('skipped_over' in entry) return `${nameOf(entry.skipped_over)} was skipped: ${entry.reason}`
  if ('suspended' in entry) return entry.suspended ? `Paused: ${entry.suspended}` : 'Paused'
  return 'Resumed'
}

/** Each call belongs to the activation of its task during which it was made. */
function giveCalls(activations: readonly Activation[], calls: readonly Call[]) {
  const byPointer = Map.groupBy(activations, ({ pointer }) => pointer)
  for (const call of calls) {
    const during = (byPointer.get(call.task) ?? []).filter(
      ({ startedAt, endedAt }) =>
        startedAt <= call.created_at && (!endedAt || call.created_at <= endedAt),
    )
    // Several may have begun at the same moment: each then has one call.
    const own =
      during.find(({ calls: [first] }) => first?.number === call.number) ??
      during.find((activation) => activation.calls.length === 0) ??
      during.at(-1)
    own?.calls.push(call)
  }
}

/** Those that tell something by themselves: no mere containers of others that went well. */
export function tellingOf(activations: readonly Activation[]): Activation[] {
  const holders = new Set<string>()
  for (const { pointer } of activations) {
    for (let at = parentOf(pointer); at; at = parentOf(at)) holders.add(at)
  }
  return activations.filter(
    ({ pointer, outcome, calls }) =>
      !holders.has(pointer) ||
      calls.length > 0 ||
      (outcome !== 'completed' && outcome !== undefined),
  )
}

function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(pointer.lastIndexOf('/'), 0))
}
