import { api, type Schemas } from '~/api/api'
import { formatCount, formatDuration, plural } from '~/lib/format'

export const alertRules = () => api.queryOptions('get', '/v1/alert-rules')
export const alertSettings = () => api.queryOptions('get', '/v1/alert-settings')

type Rule = Schemas['AlertRule']

export const RULES: Readonly<Record<Schemas['RuleName'], { label: string; means: string }>> = {
  webhook_delivery_failures: {
    label: 'Webhook deliveries fail',
    means: 'Too many attempts to send webhooks fail.',
  },
  slow_responses: {
    label: 'Slow answers',
    means: 'An outside system, or our own API, answers slowly.',
  },
  signature_failures: {
    label: 'Wrong signatures',
    means: 'Somebody sends webhooks with a wrong signature.',
  },
  lead_creation_failures: {
    label: 'Leads not created',
    means: 'A lead could not be created at the invoice system.',
  },
}

const MINUTE_MS = 60_000

/** `More than 5% of at least 5 within 60 min` */
export function conditionOf(rule: Rule): string {
  const within = `within ${formatDuration(rule.window_minutes * MINUTE_MS)}`
  const least = rule.minimum_samples > 1 ? ` of at least ${formatCount(rule.minimum_samples)}` : ''
  switch (rule.unit) {
    case 'percent':
      return `More than ${rule.threshold}%${least} ${within}`
    case 'milliseconds':
      return `95th percentile${least} over ${formatDuration(rule.threshold)} ${within}`
    case 'count':
      return `${plural(rule.threshold, 'time')} or more ${within}`
  }
}

export const UNITS: Readonly<Record<Schemas['ThresholdUnit'], { label: string; suffix: string }>> =
  {
    percent: { label: 'More than', suffix: '%' },
    milliseconds: { label: '95th percentile over', suffix: ' ms' },
    count: { label: 'At least', suffix: ' times' },
  }

export const SEVERITIES: readonly Schemas['Severity'][] = ['info', 'warning', 'critical']
