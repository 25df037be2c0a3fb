import { Button } from '@mantine/core'
import { IconAddressBook } from '@tabler/icons-react'
import { Suspense } from 'react'
import { Link, type LoaderFunctionArgs } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, ManyFilter, SearchFilter, SelectFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { clientColumns } from './columns'
import { clientFilters, clientList, STAGES } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(clientList(clientFilters.of(request)))
  return null
}

const STAGE_OPTIONS = STAGES.map((stage) => ({ value: stage, label: STATUSES[stage].label }))

const SORT_OPTIONS = [
  { value: 'updated', label: 'Last changed first' },
  { value: 'name', label: 'By name' },
] as const

export default function ClientsPage() {
  const { filter, setFilter, isPending } = useFilters(clientFilters)
  const isFiltered = filter.text !== undefined || filter.stage !== undefined
  const clear = () => setFilter({ text: undefined, stage: undefined })
  return (
    <Page
      title="Clients"
      description="Everyone who has written to you, and how far they have come."
    >
      <FilterBar
        isFiltered={isFiltered}
        onClear={clear}
        aside={
          <SelectFilter
            label="Order"
            any="Newest first"
            value={filter.sort}
            options={SORT_OPTIONS}
            onChange={(sort) => setFilter({ sort })}
          />
        }
      >
        <SearchFilter
          label="Search company, contact or e-mail"
          value={filter.text}
          onChange={(text) => setFilter({ text })}
        />
        <ManyFilter
          label="Stage"
          any="Any stage"
          value={filter.stage}
          options={STAGE_OPTIONS}
          onChange={(stage) => setFilter({ stage })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <ClientTable filter={filter} isFiltered={isFiltered} isStale={isPending} onClear={clear} />
      </Suspense>
    </Page>
  )
}

type ClientTableProps = {
  filter: Parameters<typeof clientList>[0]
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function ClientTable({ filter, isFiltered, isStale, onClear }: ClientTableProps) {
  const { rows, more } = usePaged(clientList(filter))
  return (
    <DataTable
      label="Clients"
      rows={rows}
      columns={clientColumns}
      rowKey={({ client_id }) => client_id}
      rowLink={({ client_id }) => linkTo(paths.client(client_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No client fits the filters"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconAddressBook}
            title="No clients yet"
            body="A client appears with the first lead: by a form, a webhook, or one that you add."
            action={
              <Button component={Link} to={paths.leads()} variant="default">
                Go to Leads
              </Button>
            }
          />
        )
      }
    />
  )
}
