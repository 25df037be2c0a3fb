import { Button } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { Suspense } from 'react'
import type { LoaderFunctionArgs } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { PERIOD_OPTIONS } from '~/lib/periods'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SearchFilter, SelectFilter } from '~/ui/FilterBar'
import { TableSkeleton } from '~/ui/Skeletons'
import { SettingsFrame } from '../SettingsFrame'
import { auditColumns } from './columns'
import { ExportMenu } from './ExportMenu'
import { type AuditFilter, auditFilters, auditList } from './queries'
import { VerifyButton } from './VerifyButton'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(auditList(auditFilters.of(request)))
  return null
}

export default function AuditPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(auditFilters)
  return (
    <SettingsFrame
      title="Audit log"
      description="Who changed what, newest first. Each entry seals the one before it, so that none can be taken out or changed unnoticed."
      actions={
        <>
          <ExportMenu />
          <VerifyButton />
        </>
      }
    >
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SearchFilter
          label="Actor, such as token:0a1B"
          value={filter.actor}
          onChange={(actor) => setFilter({ actor })}
        />
        <SearchFilter
          label="Action, such as create_token"
          value={filter.action}
          onChange={(action) => setFilter({ action })}
        />
        <SearchFilter
          label="Id of what was changed"
          value={filter.resource}
          onChange={(resource) => setFilter({ resource })}
        />
        <SelectFilter
          label="Time"
          any="Any time"
          value={filter.period}
          options={PERIOD_OPTIONS}
          onChange={(period) => setFilter({ period })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <AuditTable
          filter={filter}
          isStale={isPending}
          isFiltered={isFiltered}
          onFilter={setFilter}
          onClear={clear}
        />
      </Suspense>
    </SettingsFrame>
  )
}

type AuditTableProps = {
  filter: AuditFilter
  isStale: boolean
  isFiltered: boolean
  onFilter: (filter: AuditFilter) => void
  onClear: () => void
}

function AuditTable({ filter, isStale, isFiltered, onFilter, onClear }: AuditTableProps) {
  const { rows, more } = usePaged(auditList(filter))
  return (
    <DataTable
      label="Audit log"
      rows={rows}
      columns={auditColumns(onFilter)}
      rowKey={({ entry_id }) => entry_id}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No entry fits the filters"
            body="Actor, action and id are compared exactly."
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState icon={IconHistory} title="Nothing was changed yet" />
        )
      }
    />
  )
}
