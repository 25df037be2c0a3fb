import { asRecord, shortDuration } from './values'

/** What starts a flow, in a few words. */
export function startOf(schedule: unknown): string {
  const { every, after, cron, on } = asRecord(schedule)
  if (every !== undefined) return `Every ${shortDuration(every)}`
  if (after !== undefined) return `${shortDuration(after)} after each run`
  if (typeof cron === 'string') return `At ${cron} (cron)`
  if (on !== undefined) return eventsOf(on, ' or ')
  return 'Started by hand'
}

/** The same as the end of a sentence: `started by lead.created`, `runs every 6 h`. */
export function startSentence(schedule: unknown): string {
  const words = startOf(schedule)
  const { on } = asRecord(schedule)
  if (on !== undefined) return `started by ${words}`
  const small = words.charAt(0).toLowerCase() + words.slice(1)
  return schedule === undefined ? small : `runs ${small}`
}

/** The types of events that a consumption names. */
export function eventsOf(consumption: unknown, or: string): string {
  const { one, any, all } = asRecord(consumption)
  if (one !== undefined) return typeOf(one)
  if (Array.isArray(any)) return any.length > 0 ? any.map(typeOf).join(or) : 'any event'
  if (Array.isArray(all)) return all.map(typeOf).join(' and ')
  return 'an event'
}

function typeOf(filter: unknown): string {
  const { type } = asRecord(asRecord(filter).with)
  return typeof type === 'string' ? type : 'any event'
}
