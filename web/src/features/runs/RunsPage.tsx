import { Button, MultiSelect } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { Link, type LoaderFunctionArgs } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { flowList } from '~/features/flows/queries'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SearchFilter, SelectFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { runColumns } from './columns'
import { RUN_STATUSES, type RunFilter, runFilters, runList } from './queries'
import classes from './RunsPage.module.css'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(runList(runFilters.of(request)))
  void queryClient.prefetchQuery(flowList())
  return null
}

const STATUS_OPTIONS = RUN_STATUSES.map((status) => ({
  value: status,
  label: STATUSES[status].label,
}))

const PERIOD_OPTIONS = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
] as const

export default function RunsPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(runFilters)
  return (
    <Page title="Runs" description="Each time that a flow ran, newest first, as it happens.">
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <FlowFilter value={filter.flow} onChange={(flow) => setFilter({ flow })} />
        <MultiSelect
          className={classes.statuses ?? ''}
          aria-label="Status"
          placeholder={filter.status ? '' : 'Any status'}
          data={STATUS_OPTIONS}
          value={filter.status ?? []}
          onChange={(chosen) =>
            setFilter({ status: RUN_STATUSES.filter((status) => chosen.includes(status)) })
          }
          clearable
        />
        <SelectFilter
          label="Started"
          any="Any time"
          value={filter.since}
          options={PERIOD_OPTIONS}
          onChange={(since) => setFilter({ since })}
        />
        <SearchFilter
          label="Find a run by its id"
          value={filter.text}
          onChange={(text) => setFilter({ text })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <RunTable filter={filter} isFiltered={isFiltered} isStale={isPending} onClear={clear} />
      </Suspense>
    </Page>
  )
}

type FlowFilterProps = { value: string | undefined; onChange: (flow: string | undefined) => void }

function FlowFilter({ value, onChange }: FlowFilterProps) {
  const { data } = useQuery(flowList())
  const names = (data?.items ?? []).map(({ name }) => name)
  // A flow that is switched off still has runs.
  const all = value && !names.includes(value) ? [value, ...names] : names
  return (
    <SelectFilter
      label="Flow"
      any="Any flow"
      value={value}
      options={all.map((name) => ({ value: name, label: name }))}
      onChange={onChange}
    />
  )
}

type RunTableProps = {
  filter: RunFilter
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function RunTable({ filter, isFiltered, isStale, onClear }: RunTableProps) {
  const { rows, more } = usePaged(runList(filter))
  return (
    <DataTable
      label="Runs"
      rows={rows}
      columns={runColumns}
      rowKey={({ run_id }) => run_id}
      rowLink={({ run_id }) => linkTo(paths.run(run_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No run fits the filters"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconListDetails}
            title="No runs yet"
            body="A run begins when an event, the clock or a person starts a flow."
            action={
              <Button component={Link} to={paths.flows()} variant="default">
                Go to Flows
              </Button>
            }
          />
        )
      }
    />
  )
}
