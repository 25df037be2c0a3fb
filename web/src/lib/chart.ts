import { ENGLISH } from './format'

const DAY_SECONDS = 86_400

// Days of the API's figures begin at midnight UTC, wherever the viewer is.
const dayFormat = new Intl.DateTimeFormat(ENGLISH, {
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})
const hourFormat = new Intl.DateTimeFormat(ENGLISH, { hour: 'numeric', minute: '2-digit' })

/** What a part of a chart stands for: `14:00` of the viewer's clock, or `22 Nov`. */
export function barLabel(at: string, stepSeconds: number): string {
  const format = stepSeconds < DAY_SECONDS ? hourFormat : dayFormat
  return format.format(new Date(at))
}
