import { Button, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconRepeat, IconWebhook } from '@tabler/icons-react'
import { Suspense } from 'react'
import { Link, type LoaderFunctionArgs } from 'react-router'

import { Part } from '~/api/Part'
import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SegmentedFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { BoxSkeleton, TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { DELIVERY_STATUSES, receivedFilters, receivedList, webhookStatistics } from './queries'
import { ReceivedChart } from './ReceivedChart'
import { ReplayReceivedMany } from './ReplayReceivedMany'
import { receivedColumns } from './received'
import { webhookTabs } from './tabs'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(receivedList(receivedFilters.of(request)))
  void queryClient.prefetchQuery(webhookStatistics('24h'))
  return null
}

const STATUS_OPTIONS = DELIVERY_STATUSES.map((status) => ({
  value: status,
  label: STATUSES[status].label,
}))

export default function ReceivedPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(receivedFilters)
  const mayReplay = useMay('write:webhooks')
  const [isReplaying, replaying] = useDisclosure(false)
  return (
    <Page
      title="Webhooks"
      description="What other systems sent here: kept byte for byte before it is answered."
      tabs={webhookTabs('Received')}
      actions={
        <ActionButton
          variant="default"
          reason={mayReplay.reason}
          leftSection={<IconRepeat size={15} aria-hidden />}
          onClick={replaying.open}
        >
          Replay many…
        </ActionButton>
      }
    >
      <Stack gap="md">
        <Part loading={<BoxSkeleton lines={6} />}>
          <ReceivedChart />
        </Part>
        <div>
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
            <ReceivedTable
              filter={filter}
              isFiltered={isFiltered}
              isStale={isPending}
              onClear={clear}
            />
          </Suspense>
        </div>
      </Stack>
      <ReplayReceivedMany isOpen={isReplaying} onClose={replaying.close} />
    </Page>
  )
}

type ReceivedTableProps = {
  filter: Parameters<typeof receivedList>[0]
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function ReceivedTable({ filter, isFiltered, isStale, onClear }: ReceivedTableProps) {
  const { rows, more } = usePaged(receivedList(filter))
  return (
    <DataTable
      label="Received webhooks"
      rows={rows}
      columns={receivedColumns}
      rowKey={({ delivery_id }) => delivery_id}
      rowLink={({ delivery_id }) => linkTo(paths.webhook(delivery_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No received webhook has this status"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconWebhook}
            title="Nothing received yet"
            body="Give the sender this server’s address, and share a secret with it in its connection. Webhooks with a wrong signature are refused and not kept."
            action={
              <Button component={Link} to={paths.connections()} variant="default">
                Go to Connections
              </Button>
            }
          />
        )
      }
    />
  )
}
