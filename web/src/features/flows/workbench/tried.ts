import type { TaskState } from '../diagram/states'
import type { TriedFlow } from '../types'

/** What became of each task of a flow that was tried. */
export function triedStates({ tasks, status }: TriedFlow): Map<string, TaskState> {
  const states = new Map<string, TaskState>()
  for (const { task, outcome } of tasks) {
    const count = (states.get(task)?.count ?? 0) + 1
    states.set(task, { status: outcome ?? openStatus(status), count })
  }
  return states
}

function openStatus(status: string): string {
  return status === 'completed' || status === 'faulted' ? status : 'waiting'
}
