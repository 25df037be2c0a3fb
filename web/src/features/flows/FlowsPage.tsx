import { SegmentedControl } from '@mantine/core'
import { IconPlus, IconRoute } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { type LoaderFunctionArgs, useNavigate } from 'react-router'

import type { Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { useFilters } from '~/lib/filters'
import { formatCount, formatPercent } from '~/lib/format'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { Stat, Stats } from '~/ui/Stat'
import { type FlowRow, flowColumns } from './columns'
import classes from './FlowsPage.module.css'
import { DEFAULT_WINDOW, flowFilters, flowList, flowStatistics, WINDOWS } from './queries'
import type { FlowStatistic, FlowWindow } from './types'

export function loader({ request }: LoaderFunctionArgs) {
  const { window = DEFAULT_WINDOW } = flowFilters.of(request)
  void queryClient.prefetchQuery(flowList())
  void queryClient.prefetchQuery(flowStatistics(window))
  return null
}

const WINDOW_OPTIONS = [
  { value: '24h', label: '24 hours' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
]

export default function FlowsPage() {
  const { filter, setFilter, isPending } = useFilters(flowFilters)
  const mayWrite = useMay('write:flows')
  const navigate = useNavigate()
  const window = filter.window ?? DEFAULT_WINDOW
  return (
    <Page
      title="Flows"
      description="What the platform does by itself, step by step, and how well that goes."
      actions={
        <ActionButton
          reason={mayWrite.reason}
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={() => void navigate(paths.newFlow())}
        >
          New flow
        </ActionButton>
      }
    >
      <div className={classes.window}>
        <SegmentedControl
          aria-label="Figures of the last"
          data={WINDOW_OPTIONS}
          value={window}
          onChange={(chosen) => setFilter({ window: WINDOWS.find((one) => one === chosen) })}
        />
      </div>
      <Suspense fallback={<TableSkeleton rows={6} />}>
        <FlowTable window={window} isStale={isPending} />
      </Suspense>
    </Page>
  )
}

function FlowTable({ window, isStale }: { window: FlowWindow; isStale: boolean }) {
  const { data: flows } = useSuspenseQuery(flowList())
  const { data: statistics } = useSuspenseQuery(flowStatistics(window))
  return (
    <>
      <div className={classes.totals}>
        <Totals figures={statistics.items} />
      </div>
      <DataTable
        label="Flows"
        rows={rowsOf(flows.items, flows.switched_off, statistics.items)}
        columns={flowColumns}
        rowKey={({ name }) => name}
        rowLink={({ name }) => linkTo(paths.flow(name))}
        isStale={isStale}
        empty={
          <EmptyState
            icon={IconRoute}
            title="No flows"
            body="A flow says what happens when an event comes, at a time, or when somebody starts it."
          />
        }
      />
    </>
  )
}

function Totals({ figures }: { figures: readonly FlowStatistic[] }) {
  const total = (of: (figure: FlowStatistic) => number) =>
    figures.reduce((sum, figure) => sum + of(figure), 0)
  const completed = total((figure) => figure.completed)
  const faulted = total((figure) => figure.faulted)
  const ended = completed + faulted
  return (
    <Stats>
      <Stat label="Runs" value={formatCount(total((figure) => figure.runs))} />
      <Stat label="Success rate" value={ended > 0 ? formatPercent(completed / ended) : '–'} />
      <Stat
        label="Faulted"
        value={formatCount(faulted)}
        {...(faulted > 0 && { tone: 'danger' as const })}
      />
      <Stat
        label="Going on"
        value={formatCount(total(({ running, waiting }) => running + waiting))}
      />
    </Stats>
  )
}

/** The flows in use by title, then those that are switched off. */
function rowsOf(
  flows: readonly Schemas['FlowView'][],
  switchedOff: readonly string[],
  figures: readonly FlowStatistic[],
): FlowRow[] {
  const byName = new Map(figures.map((figure) => [figure.flow, figure]))
  const row = (name: string, flow: FlowRow['flow']) => ({ name, flow, figures: byName.get(name) })
  return [
    ...flows
      .toSorted((a, b) => titleOf(a).localeCompare(titleOf(b)))
      .map((flow) => row(flow.name, flow)),
    ...switchedOff.map((name) => row(name, undefined)),
  ]
}

function titleOf({ title, name }: Schemas['FlowView']): string {
  return title ?? name
}
