import { Button } from '@mantine/core'
import { IconFileInvoice } from '@tabler/icons-react'
import { Suspense } from 'react'
import type { LoaderFunctionArgs } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SegmentedFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { invoiceColumns } from './columns'
import { INVOICE_STATUSES, invoiceFilters, invoiceList } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(invoiceList(invoiceFilters.of(request)))
  return null
}

const STATUS_OPTIONS = INVOICE_STATUSES.map((status) => ({
  value: status,
  label: STATUSES[status].label,
}))

export default function InvoicesPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(invoiceFilters)
  return (
    <Page title="Invoices" description="What was billed for milestones, newest first.">
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SegmentedFilter
          label="Status"
          all="All"
          value={filter.status}
          options={STATUS_OPTIONS}
          onChange={(status) => setFilter({ status })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <InvoiceTable filter={filter} isFiltered={isFiltered} isStale={isPending} onClear={clear} />
      </Suspense>
    </Page>
  )
}

type InvoiceTableProps = {
  filter: Parameters<typeof invoiceList>[0]
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function InvoiceTable({ filter, isFiltered, isStale, onClear }: InvoiceTableProps) {
  const { rows, more } = usePaged(invoiceList(filter))
  return (
    <DataTable
      label="Invoices"
      rows={rows}
      columns={invoiceColumns}
      rowKey={({ invoice_id }) => invoice_id}
      rowLink={({ invoice_id }) => linkTo(paths.invoice(invoice_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No invoice fits the filters"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconFileInvoice}
            title="No invoices yet"
            body="Completing a milestone of a project makes its invoice."
          />
        )
      }
    />
  )
}
