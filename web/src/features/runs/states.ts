import type { TaskState } from '~/features/flows/diagram/states'
import { plural } from '~/lib/format'
import type { Activation } from './activations'
import type { Run } from './contract'

/** What became of each task, for the diagram: its last activation counts. */
export function statesOf(
  activations: readonly Activation[],
  runStatus: Run['status'],
): Map<string, TaskState> {
  const states = new Map<string, TaskState>()
  for (const activation of activations) {
    const count = (states.get(activation.pointer)?.count ?? 0) + 1
    const attempts = Math.max(0, ...activation.calls.map(({ attempt }) => attempt))
    states.set(activation.pointer, {
      status: activation.outcome ?? openStatus(activation, runStatus),
      count,
      ...(attempts > 1 && { note: plural(attempts, 'attempt') }),
    })
  }
  for (const [pointer, state] of states) {
    if (state.status === 'faulted' && isCaught(pointer, states)) {
      states.set(pointer, { ...state, tone: 'warning', note: 'caught' })
    }
  }
  return states
}

/** Whether a task around it went on in spite of the failure. */
function isCaught(pointer: string, states: ReadonlyMap<string, TaskState>): boolean {
  const end = pointer.lastIndexOf('/')
  if (end <= 0) return false
  const around = pointer.slice(0, end)
  const status = states.get(around)?.status
  return (status !== undefined && status !== 'faulted') || isCaught(around, states)
}

/** Of a task that goes on: whether something is being done, or waited for. */
function openStatus({ calls }: Activation, runStatus: Run['status']): string {
  if (runStatus === 'faulted' || runStatus === 'cancelled' || runStatus === 'suspended') {
    return runStatus === 'faulted' ? 'cancelled' : runStatus
  }
  const last = calls.at(-1)
  if (last?.status === 'started' && !last.waiting_for) return 'running'
  return runStatus === 'running' ? 'running' : 'waiting'
}
