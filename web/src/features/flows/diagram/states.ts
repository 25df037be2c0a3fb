import type { Tone } from '~/ui/status'

/** What became of a task in one run, or in a trial of its flow. */
export type TaskState = {
  /** A status word. */
  status: string
  /** In place of the word’s usual tone. */
  tone?: Tone
  /** How often it began. */
  count: number
  /** Something to know at a glance, such as how many attempts it took. */
  note?: string
}

export type TaskStates = ReadonlyMap<string, TaskState>
