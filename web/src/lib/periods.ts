const HOUR_MS = 3_600_000

const LENGTHS = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '30d': 720 * HOUR_MS,
}

export const PERIODS = ['1h', '24h', '7d', '30d'] as const

export type Period = (typeof PERIODS)[number]

export const PERIOD_OPTIONS: readonly { value: Period; label: string }[] = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
]

/** Kept in the address as a period, so that it still fits when it is opened tomorrow. */
export function sinceOf(period: Period | undefined): string | undefined {
  return period && new Date(Date.now() - LENGTHS[period]).toISOString()
}
