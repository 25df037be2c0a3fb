import { SegmentedControl, Stack } from '@mantine/core'
import type { LoaderFunctionArgs } from 'react-router'

import { Part } from '~/api/Part'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { FilterBar, SegmentedFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { BoxSkeleton, TableSkeleton } from '~/ui/Skeletons'
import { aiUsage, daysOf, GROUPS, USUAL_WINDOW, usageFilters, WINDOWS } from './queries'
import { UsageByDay } from './UsageByDay'
import { UsageTable } from './UsageTable'

export function loader({ request }: LoaderFunctionArgs) {
  const { window, group = 'model' } = usageFilters.of(request)
  void queryClient.prefetchQuery(aiUsage('day', window))
  void queryClient.prefetchQuery(aiUsage(group, window))
  return null
}

const WINDOW_OPTIONS = WINDOWS.map((value) => ({ value, label: `${daysOf(value)} days` }))

const LABELS = {
  model: 'Model',
  flow: 'Flow',
  client: 'Client',
  prompt: 'Prompt',
  day: 'Day',
} as const

const GROUP_OPTIONS = GROUPS.filter((group) => group !== 'model').map((value) => ({
  value,
  label: LABELS[value],
}))

export default function AiPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(usageFilters)
  const { window, group = 'model', measure = 'cost' } = filter
  return (
    <Page
      title="AI"
      description="What the models were asked, by whom, and what it cost. Days are those of UTC."
    >
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SegmentedControl
          aria-label="Figures of the last"
          data={WINDOW_OPTIONS}
          value={window ?? USUAL_WINDOW}
          onChange={(chosen) => setFilter({ window: WINDOWS.find((one) => one === chosen) })}
        />
        <SegmentedFilter
          label="Chart"
          all="Cost"
          value={measure === 'tokens' ? measure : undefined}
          options={[{ value: 'tokens', label: 'Tokens' }]}
          onChange={(chosen) => setFilter({ measure: chosen })}
        />
      </FilterBar>
      <Stack gap="md">
        <Part loading={<BoxSkeleton lines={8} />}>
          <UsageByDay window={window} measure={measure} isStale={isPending} />
        </Part>
        <div>
          <FilterBar isFiltered={false} onClear={clear}>
            <SegmentedFilter
              label="Group by"
              all={LABELS.model}
              value={GROUP_OPTIONS.find(({ value }) => value === group)?.value}
              options={GROUP_OPTIONS}
              onChange={(chosen) => setFilter({ group: chosen })}
            />
          </FilterBar>
          <Part loading={<TableSkeleton rows={5} />}>
            <UsageTable group={group} header={LABELS[group]} window={window} isStale={isPending} />
          </Part>
        </div>
      </Stack>
    </Page>
  )
}
