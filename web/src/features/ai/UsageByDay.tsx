import { Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { barLabel } from '~/lib/chart'
import { formatCompact, formatCount, formatMoney } from '~/lib/format'
import { Bars } from '~/ui/Bars'
import { Section } from '~/ui/Section'
import { Stat, Stats } from '~/ui/Stat'
import { Cost } from './Cost'
import { aiUsage, daysOf, type UsageFilter } from './queries'
import { dollars, everyDay, formatCost } from './usage'

type UsageByDayProps = {
  window: UsageFilter['window']
  measure: 'cost' | 'tokens'
  isStale: boolean
}

const DAY_SECONDS = 86_400

export function UsageByDay({ window, measure, isStale }: UsageByDayProps) {
  const { data } = useSuspenseQuery(aiUsage('day', window))
  const { totals } = data
  const days = daysOf(window)
  const isFree = measure === 'cost' && totals.calls > 0 && Number(totals.cost_usd) === 0
  const perCall = totals.calls > 0 ? Number(totals.cost_usd) / totals.calls : 0
  return (
    <Stack gap="md" data-stale={isStale || undefined}>
      <Stats>
        <Stat
          label="Cost"
          value={<Cost usd={totals.cost_usd} />}
          hint={`in ${days} days, at known prices`}
        />
        <Stat
          label="Calls"
          value={formatCount(totals.calls)}
          hint={perCall > 0 && `${formatCost(String(perCall))} each on average`}
        />
        <Stat
          label="Input tokens"
          value={formatCompact(totals.input_tokens)}
          hint={formatCount(totals.input_tokens)}
        />
        <Stat
          label="Output tokens"
          value={formatCompact(totals.output_tokens)}
          hint={formatCount(totals.output_tokens)}
        />
      </Stats>
      <Section title={measure === 'cost' ? 'Cost by day' : 'Tokens by day'}>
        {isFree ? (
          <p className="h-muted">
            Nothing was charged: the models that were used have no price. Tokens show how much they
            were used.
          </p>
        ) : (
          <Bars
            label={measure === 'cost' ? 'Cost by day' : 'Tokens by day'}
            format={measure === 'cost' ? (value) => formatCost(String(value)) : formatCompact}
            bars={everyDay(data.items, days).map(({ day, usage }) => ({
              key: day,
              label: barLabel(day, DAY_SECONDS),
              parts: measure === 'cost' ? costOf(usage) : tokensOf(usage),
            }))}
          />
        )}
      </Section>
    </Stack>
  )
}

function costOf(usage: Schemas['AiUsageGroup'] | undefined) {
  const cost = usage?.cost_usd ?? '0'
  return [
    { name: 'Cost', value: Number(cost), tone: 'info' as const, text: formatMoney(dollars(cost)) },
  ]
}

function tokensOf(usage: Schemas['AiUsageGroup'] | undefined) {
  const input = usage?.input_tokens ?? 0
  const output = usage?.output_tokens ?? 0
  return [
    { name: 'Input', value: input, tone: 'neutral' as const, text: formatCount(input) },
    { name: 'Output', value: output, tone: 'info' as const, text: formatCount(output) },
  ]
}
