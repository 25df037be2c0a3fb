import { useSuspenseQuery } from '@tanstack/react-query'

import { barLabel } from '~/lib/chart'
import { formatCount } from '~/lib/format'
import { Bars } from '~/ui/Bars'
import { ChartLegend } from '~/ui/ChartLegend'
import { Section } from '~/ui/Section'
import { webhookStatistics } from './queries'

/** The messages of the last day by the hour in which they were written. */
export function SentChart() {
  const { data } = useSuspenseQuery(webhookStatistics('24h'))
  const { sent, sent_series, step_seconds } = data
  return (
    <Section title="Last 24 hours">
      <ChartLegend
        entries={[
          { name: 'Delivered', value: sent.delivered, tone: 'success' },
          { name: 'Waiting', value: sent.pending, tone: 'info' },
          { name: 'Given up', value: sent.given_up, tone: 'danger' },
          { name: 'Cancelled', value: sent.cancelled, tone: 'neutral' },
          { name: 'Failed attempts', value: sent.failed_attempts },
        ]}
      />
      <Bars
        label="Sent webhooks of the last 24 hours"
        format={formatCount}
        bars={sent_series.map((point) => ({
          key: point.at,
          label: barLabel(point.at, step_seconds),
          parts: [
            { name: 'Delivered', value: point.delivered, tone: 'success' },
            { name: 'Waiting', value: point.pending, tone: 'info' },
            { name: 'Given up', value: point.given_up, tone: 'danger' },
            { name: 'Cancelled', value: point.cancelled, tone: 'neutral' },
          ],
        }))}
      />
    </Section>
  )
}
