import { useSuspenseQuery } from '@tanstack/react-query'

import { barLabel } from '~/lib/chart'
import { formatCount, humanize } from '~/lib/format'
import { Bars } from '~/ui/Bars'
import { ChartLegend } from '~/ui/ChartLegend'
import { Section } from '~/ui/Section'
import { webhookStatistics } from './queries'

/** The last day by the hour: taken, and refused for which reasons. */
export function ReceivedChart() {
  const { data } = useSuspenseQuery(webhookStatistics('24h'))
  const { received, received_series, step_seconds } = data
  const refused = data.refused.reduce((sum, { count }) => sum + count, 0)
  return (
    <Section title="Last 24 hours">
      <ChartLegend
        entries={[
          { name: 'Accepted', value: received.accepted, tone: 'success' },
          { name: 'Ignored', value: received.ignored, tone: 'neutral' },
          { name: 'Invalid', value: received.invalid, tone: 'warning' },
          {
            name: 'Refused',
            value: refused,
            tone: 'danger',
            hint: data.refused
              .map(({ code, count }) => `${humanize(code)}: ${formatCount(count)}`)
              .join('\n'),
          },
          { name: 'Duplicates', value: received.duplicates },
        ]}
      />
      <Bars
        label="Received webhooks of the last 24 hours"
        format={formatCount}
        bars={received_series.map((point) => ({
          key: point.at,
          label: barLabel(point.at, step_seconds),
          parts: [
            { name: 'Accepted', value: point.accepted, tone: 'success' },
            { name: 'Ignored', value: point.ignored, tone: 'neutral' },
            { name: 'Invalid', value: point.invalid, tone: 'warning' },
            { name: 'Refused', value: point.refused, tone: 'danger' },
          ],
        }))}
      />
    </Section>
  )
}
