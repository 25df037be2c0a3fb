import { allTasks, type Definition, nameOf, type Task } from '~/features/flows/model/definition'
import { formatDateTime } from '~/lib/format'
import type { Activation, Journal } from './activations'
import type { Run } from './contract'

const ENDED = new Set(['completed', 'cancelled', 'faulted'])

/** What a run waits for, in sentences; nothing when it does not wait. */
export function waitsOf(
  run: Pick<Run, 'status' | 'calls'>,
  journal: Journal,
  definition: Definition | undefined,
): string[] {
  if (ENDED.has(run.status)) return []
  if (run.status === 'suspended') return [pauseOf(journal)]
  if (run.status === 'pending') return ['It is in the queue and begins in a moment.']
  const tasks = new Map(
    allTasks(definition?.tasks ?? []).map((task) => [task.pointer, task] as const),
  )
  const ofTasks = journal.activations
    .filter(({ outcome }) => outcome === undefined)
    .flatMap((activation) => waitOf(activation, tasks.get(activation.pointer)))
  return [...new Set([...run.calls.flatMap(waitOfCall), ...ofTasks])]
}

function pauseOf({ remarks }: Journal): string {
  const last = remarks.findLast(({ text }) => text.startsWith('Paused'))?.text
  const reason = last?.slice('Paused: '.length)
  return reason
    ? `It is paused (${reason}) and goes on when somebody resumes it.`
    : 'It is paused and goes on when somebody resumes it.'
}

function waitOfCall({ waiting_for, next_attempt_at, task }: Run['calls'][number]): string[] {
  if (!waiting_for) return []
  const until = next_attempt_at ? `, until ${formatDateTime(next_attempt_at)}` : ''
  return [`${nameOf(task)}: ${waiting_for}${until}.`]
}

function waitOf({ name, startedAt, calls }: Activation, task: Task | undefined): string[] {
  const since = `since ${formatDateTime(startedAt)}`
  if (task?.kind === 'listen') return [`${name}: it listens for ${task.detail} ${since}.`]
  if (task?.kind === 'wait') return [`${name}: it rests for ${task.detail} ${since}.`]
  const child = calls.find(({ function: called }) => called === 'run.workflow')
  if (child?.status === 'started' && !child.waiting_for) {
    return [`${name}: it waits for the ${task?.detail ?? 'flow'} ${since}.`]
  }
  return []
}
