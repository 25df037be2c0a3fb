import type { Schemas } from '~/api/api'

type Money = Schemas['Money']

export const ENGLISH = navigator.languages.find((language) => /^en\b/i.test(language)) ?? 'en-GB'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const exactFormat = new Intl.DateTimeFormat(ENGLISH, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
})
const dateFormat = new Intl.DateTimeFormat(ENGLISH, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})
const dayFormat = new Intl.DateTimeFormat(ENGLISH, { day: 'numeric', month: 'short' })
const clockFormat = new Intl.DateTimeFormat(ENGLISH, { hour: 'numeric', minute: '2-digit' })
const secondsFormat = new Intl.DateTimeFormat(ENGLISH, {
  hourCycle: 'h23',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const relativeFormat = new Intl.RelativeTimeFormat(ENGLISH, { numeric: 'auto', style: 'short' })
const countFormat = new Intl.NumberFormat(ENGLISH)
const compactFormat = new Intl.NumberFormat(ENGLISH, {
  notation: 'compact',
  maximumFractionDigits: 1,
})
const percentFormat = new Intl.NumberFormat(ENGLISH, { style: 'percent', maximumFractionDigits: 1 })

/** `Sat, 22 Nov 2026, 14:03:12 EAT`, in the viewer's time zone. */
export function formatExact(instant: string): string {
  return exactFormat.format(new Date(instant))
}

/** `22 Nov, 14:03`, with the year only where it is another one. */
export function formatDateTime(instant: string, now = Date.now()): string {
  const date = new Date(instant)
  const isThisYear = date.getFullYear() === new Date(now).getFullYear()
  const day = isThisYear ? dayFormat.format(date) : dateFormat.format(date)
  return `${day}, ${clockFormat.format(date)}`
}

/** A calendar date of the API (`2026-11-22`), which belongs to no time zone. */
export function formatDate(date: string): string {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number)
  return dateFormat.format(new Date(year, month - 1, day))
}

/** `14:03:12.345`, for what follows in quick succession. */
export function formatClock(instant: string): string {
  return secondsFormat.format(new Date(instant))
}

/** `3 min ago`, `in 2 hr.`; beyond a week the date. */
export function formatRelative(instant: string, now = Date.now()): string {
  const ahead = new Date(instant).getTime() - now
  const distance = Math.abs(ahead)
  if (distance < 45 * SECOND) return ahead <= 0 ? 'just now' : 'in a moment'
  if (distance < 45 * MINUTE) return relativeFormat.format(Math.round(ahead / MINUTE), 'minute')
  if (distance < 22 * HOUR) return relativeFormat.format(Math.round(ahead / HOUR), 'hour')
  if (distance < 7 * DAY) return relativeFormat.format(Math.round(ahead / DAY), 'day')
  const isThisYear = new Date(instant).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? dayFormat : dateFormat).format(new Date(instant))
}

/** `now`, `3m`, `2h`, `5d`, `12w`: how long ago, where there is no room for words. */
export function formatAge(instant: string, now = Date.now()): string {
  const age = Math.max(0, now - new Date(instant).getTime())
  if (age < MINUTE) return 'now'
  if (age < HOUR) return `${Math.floor(age / MINUTE)}m`
  if (age < DAY) return `${Math.floor(age / HOUR)}h`
  return age < 14 * DAY ? `${Math.floor(age / DAY)}d` : `${Math.floor(age / (7 * DAY))}w`
}

/** `Dec 22, 2026`: the day of an instant. */
export function formatDay(instant: string): string {
  return dateFormat.format(new Date(instant))
}

/** `340 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 10 * SECOND) return `${(milliseconds / SECOND).toFixed(1)} s`
  if (milliseconds < MINUTE) return `${Math.round(milliseconds / SECOND)} s`
  if (milliseconds < HOUR) return twoUnits(milliseconds, MINUTE, 'min', SECOND, 's')
  if (milliseconds < DAY) return twoUnits(milliseconds, HOUR, 'h', MINUTE, 'min')
  return twoUnits(milliseconds, DAY, 'd', HOUR, 'h')
}

/** The time between two instants, in milliseconds. */
export function between(start: string, end: string): number {
  return new Date(end).getTime() - new Date(start).getTime()
}

/** `$15,000.00`. The amount is decimal text and stays exact: no float is made of it. */
export function formatMoney({ amount, currency }: Money): string {
  const digits = amount.split('.')[1]?.length ?? 0
  return new Intl.NumberFormat(ENGLISH, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount as Intl.StringNumericLiteral)
}

/** `12,345` */
export function formatCount(count: number): string {
  return countFormat.format(count)
}

/** `12.3K`, where there is no room for all digits. */
export function formatCompact(count: number): string {
  return compactFormat.format(count)
}

/** `3 clients`, `1 client` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `99.2%` of a share between 0 and 1. */
export function formatPercent(share: number): string {
  return percentFormat.format(share)
}

/** `12.4 kB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** `pending_review` → `Pending review` */
export function humanize(word: string): string {
  const text = word.replace(/[_-]+/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function twoUnits(
  milliseconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const smalls = Math.round(milliseconds / small)
  const perLarge = large / small
  const rest = smalls % perLarge
  const larges = Math.floor(smalls / perLarge)
  return rest === 0 ? `${larges} ${largeName}` : `${larges} ${largeName} ${rest} ${smallName}`
}
