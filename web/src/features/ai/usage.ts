import type { Schemas } from '~/api/api'
import { ENGLISH, formatMoney } from '~/lib/format'

type UsageGroup = Schemas['AiUsageGroup']

const DAY_MS = 86_400_000

/** The first of so many days that end today, in UTC as the figures have it: `2026-11-22`. */
export function firstDay(days: number, now = Date.now()): string {
  return new Date(now - (days - 1) * DAY_MS).toISOString().slice(0, 10)
}

export type Day = { day: string; usage: UsageGroup | undefined }

/** Every day of the window, also those on which nothing was used. */
export function everyDay(items: readonly UsageGroup[], days: number, now = Date.now()): Day[] {
  const byDay = new Map(items.map((item) => [item.key?.slice(0, 10), item]))
  const start = Date.parse(`${firstDay(days, now)}T00:00:00Z`)
  return Array.from({ length: days }, (_, index) => {
    const day = new Date(start + index * DAY_MS).toISOString().slice(0, 10)
    return { day, usage: byDay.get(day) }
  })
}

/** Models are priced in US dollars, whatever the tenant's own currency is. */
export function dollars(amount: string): Schemas['Money'] {
  return { amount, currency: 'USD' }
}

/**
 * What was spent, short: calls cost fractions of a cent, sums do not need them. The exact amount
 * goes on hover.
 */
export function formatCost(amount: string): string {
  const value = Number(amount)
  if (value === 0) return formatMoney(dollars('0.00'))
  const digits = Math.abs(value) < 1 ? 4 : 2
  return new Intl.NumberFormat(ENGLISH, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)
}

/** The share that a part has of the whole, from 0 to 1. */
export function shareOf(part: string, whole: string): number {
  const total = Number(whole)
  return total > 0 ? Number(part) / total : 0
}
