import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus, IconUserPlus } from '@tabler/icons-react'
import { Suspense } from 'react'
import { type LoaderFunctionArgs, useNavigate } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SearchFilter, SegmentedFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { leadColumns } from './columns'
import { NewLeadForm } from './NewLeadForm'
import { LEAD_STATUSES, leadFilters, leadList } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(leadList(leadFilters.of(request)))
  return null
}

const STATUS_OPTIONS = LEAD_STATUSES.map((status) => ({
  value: status,
  label: STATUSES[status].label,
}))

export default function LeadsPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(leadFilters)
  const mayAdd = useMay('write:leads')
  const [isAdding, adding] = useDisclosure(false)
  const navigate = useNavigate()

  return (
    <Page
      title="Leads"
      description="What clients asked for, newest first."
      actions={
        <ActionButton
          reason={mayAdd.reason}
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={adding.open}
        >
          Add lead
        </ActionButton>
      }
    >
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SearchFilter
          label="Search company or e-mail"
          value={filter.text}
          onChange={(text) => setFilter({ text })}
        />
        <SegmentedFilter
          label="Status"
          all="All"
          value={filter.status}
          options={STATUS_OPTIONS}
          onChange={(status) => setFilter({ status })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <LeadTable filter={filter} isFiltered={isFiltered} isStale={isPending} onClear={clear} />
      </Suspense>
      <DetailDrawer isOpen={isAdding} onClose={adding.close} title="Add lead">
        <NewLeadForm
          onCancel={adding.close}
          onDone={({ lead_id }) => void navigate(paths.lead(lead_id))}
        />
      </DetailDrawer>
    </Page>
  )
}

type LeadTableProps = {
  filter: Parameters<typeof leadList>[0]
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function LeadTable({ filter, isFiltered, isStale, onClear }: LeadTableProps) {
  const { rows, more } = usePaged(leadList(filter))
  return (
    <DataTable
      label="Leads"
      rows={rows}
      columns={leadColumns}
      rowKey={({ lead_id }) => lead_id}
      rowLink={({ lead_id }) => linkTo(paths.lead(lead_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No lead fits the filters"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconUserPlus}
            title="No leads yet"
            body="A lead comes from an intake form or a webhook. You can add one yourself, too."
          />
        )
      }
    />
  )
}
