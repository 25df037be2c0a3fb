import type { TimelineEntry } from './types'

/** What can be looked into beside a timeline. */
export type Subject =
  | { kind: 'event'; position: number }
  | { kind: 'webhook'; id: string }
  | { kind: 'message'; id: string }
  | { kind: 'run'; id: string }
  | { kind: 'call'; id: string; number: number; attempt: number }
  | { kind: 'task'; id: string }
  | { kind: 'memory'; id: string }

/** What an entry leads to: nothing where it has no more to say than its line. */
export function subjectOf({ kind, ids }: TimelineEntry): Subject | undefined {
  const { position, delivery_id, message_id, run_id, number, attempt = 1, human_task_id } = ids
  switch (kind) {
    case 'webhook_received':
      return delivery_id ? { kind: 'webhook', id: delivery_id } : undefined
    case 'webhook_sent':
      return message_id ? { kind: 'message', id: message_id } : undefined
    case 'run_started':
    case 'run_ended':
      return run_id ? { kind: 'run', id: run_id } : undefined
    case 'call':
      return run_id && number !== undefined
        ? { kind: 'call', id: run_id, number, attempt }
        : undefined
    case 'human_task_asked':
    case 'human_task_ended':
      return human_task_id ? { kind: 'task', id: human_task_id } : undefined
    case 'event':
    case 'invoice':
      return position === undefined ? undefined : { kind: 'event', position }
  }
}

/** As it stands in the address: `call:run_…:4:1`. */
export function subjectText(subject: Subject): string {
  if (subject.kind === 'event') return `event:${subject.position}`
  if (subject.kind !== 'call') return `${subject.kind}:${subject.id}`
  return `call:${subject.id}:${subject.number}:${subject.attempt}`
}

export function parseSubject(text: string | undefined): Subject | undefined {
  const [kind, id = '', number, attempt] = text?.split(':') ?? []
  switch (kind) {
    case 'webhook':
    case 'message':
    case 'run':
    case 'task':
    case 'memory':
      return id ? { kind, id } : undefined
    case 'event':
      return isCount(id) ? { kind, position: Number(id) } : undefined
    case 'call':
      return isCount(number) && isCount(attempt)
        ? { kind, id, number: Number(number), attempt: Number(attempt) }
        : undefined
    default:
      return undefined
  }
}

function isCount(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text)
}
