import { asRecord } from '~/features/flows/model/values'
import type { Run } from './contract'

export type RunAction =
  | 'pause'
  | 'resume'
  | 'retry'
  | 'skip'
  | 'restart'
  | 'move'
  | 'send_event'
  | 'cancel'

type Facts = {
  run: Pick<Run, 'status' | 'ended_at' | 'error'>
  /** How many other versions of the flow there are; undefined when that is not known. */
  otherVersions: number | undefined
  /** The events that the flow listens for; undefined when that is not known. */
  listens: readonly string[] | undefined
}

const WORDS: Record<string, string> = { suspended: 'paused' }

/** Why something cannot be done with a run now; undefined when it can. The server decides alike. */
export function runReason(action: RunAction, facts: Facts): string | undefined {
  return REASONS[action](facts)
}

const REASONS: Record<RunAction, (facts: Facts) => string | undefined> = {
  pause: ({ run }) => {
    if (run.status === 'suspended') return 'This run is paused already.'
    return run.ended_at ? `${isNow(run)}; only one that goes on can be paused.` : undefined
  },
  resume: ({ run }) =>
    run.status === 'suspended' ? undefined : `${isNow(run)}; only a paused one can be resumed.`,
  retry: ({ run }) =>
    run.status === 'faulted' ? undefined : `${isNow(run)}; only a faulted one can be retried.`,
  skip: ({ run }) => {
    if (run.status !== 'faulted') return `${isNow(run)}; only a step that failed can be skipped.`
    const place = asRecord(run.error).instance
    return place === '/input' || place === '/timeout'
      ? 'No step of this run failed: its input did not fit, or the whole run took too long. Start it again.'
      : undefined
  },
  restart: ({ run }) =>
    run.ended_at ? undefined : `${isNow(run)}; cancel it before it is started again.`,
  move: ({ run, otherVersions }) => {
    if (isOver(run)) return `${isNow(run)}; only one that goes on, or failed, can be moved.`
    return otherVersions === 0 ? 'The flow has no other version.' : undefined
  },
  send_event: ({ run, listens }) => {
    if (isOver(run)) return `${isNow(run)}; it hears nothing any more.`
    return listens?.length === 0 ? 'This flow listens for no events.' : undefined
  },
  cancel: ({ run }) =>
    isOver(run) ? `${isNow(run)}; there is nothing left to cancel.` : undefined,
}

/** A run that faulted can still be taken up again, or given up. */
function isOver({ ended_at, status }: Facts['run']): boolean {
  return ended_at !== undefined && status !== 'faulted'
}

function isNow({ status }: Facts['run']): string {
  return `This run is ${WORDS[status] ?? status}`
}
