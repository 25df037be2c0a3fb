import { Button } from '@mantine/core'
import { IconBellCheck, IconSettings } from '@tabler/icons-react'
import { Suspense } from 'react'
import { Link, type LoaderFunctionArgs } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SegmentedFilter, SelectFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { AlertDetails } from './AlertDetails'
import { alertColumns } from './columns'
import { KIND_OPTIONS } from './kinds'
import { type AlertFilter, alertFilters, alertList, SEVERITIES } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(alertList(alertFilters.of(request)))
  return null
}

const SEVERITY_OPTIONS = SEVERITIES.map((value) => ({ value, label: STATUSES[value].label }))

export default function AlertsPage() {
  const { filter, setFilter, clear, isPending } = useFilters(alertFilters)
  const { severity, kind, cause } = filter
  const isFiltered = Boolean(severity ?? kind ?? cause)
  return (
    <Page
      title="Alerts"
      description="What needs somebody to look at it, the latest first. One cause makes one alert, however often it happens."
      actions={
        <Button
          component={Link}
          to={paths.alertSettings()}
          variant="default"
          leftSection={<IconSettings size={15} aria-hidden />}
        >
          Rules and recipients
        </Button>
      }
    >
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SegmentedFilter
          label="State"
          all="Open"
          value={filter.resolved ? 'resolved' : undefined}
          options={[{ value: 'resolved', label: 'Resolved' }]}
          onChange={(state) => setFilter({ resolved: state && true, alert: undefined })}
        />
        <SelectFilter
          label="Severity"
          any="Any severity"
          value={severity}
          options={SEVERITY_OPTIONS}
          onChange={(chosen) => setFilter({ severity: chosen })}
        />
        <SelectFilter
          label="Kind"
          any="Any kind"
          value={kind}
          options={KIND_OPTIONS}
          onChange={(chosen) => setFilter({ kind: chosen })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <AlertTable
          filter={filter}
          isFiltered={isFiltered}
          isStale={isPending}
          onClear={clear}
          onClose={() => setFilter({ alert: undefined })}
        />
      </Suspense>
    </Page>
  )
}

type AlertTableProps = {
  filter: AlertFilter
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
  onClose: () => void
}

function AlertTable({ filter, isFiltered, isStale, onClear, onClose }: AlertTableProps) {
  const { rows, more } = usePaged(alertList(filter))
  const chosen = rows.find(({ alert_id }) => alert_id === filter.alert)
  return (
    <>
      <DataTable
        label="Alerts"
        rows={rows}
        columns={alertColumns}
        rowKey={({ alert_id }) => alert_id}
        rowLink={({ alert_id }) => linkTo(paths.alert(alert_id, filter))}
        more={more}
        isStale={isStale}
        empty={<Nothing filter={filter} isFiltered={isFiltered} onClear={onClear} />}
      />
      <DetailDrawer isOpen={chosen !== undefined} onClose={onClose} title="Alert">
        {chosen && <AlertDetails alert={chosen} onDone={onClose} />}
      </DetailDrawer>
    </>
  )
}

type NothingProps = { filter: AlertFilter; isFiltered: boolean; onClear: () => void }

function Nothing({ filter, isFiltered, onClear }: NothingProps) {
  if (isFiltered) {
    return (
      <EmptyState
        title="No alert fits the filters"
        action={
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        }
      />
    )
  }
  return (
    <EmptyState
      icon={IconBellCheck}
      title={filter.resolved ? 'No alert was resolved yet' : 'Nothing needs attention'}
      body="Faulted runs, refused webhooks, failing deliveries and slow systems appear here."
    />
  )
}
