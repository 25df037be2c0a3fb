import { Button, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconRepeat, IconSend } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { Link, type LoaderFunctionArgs } from 'react-router'

import { Part } from '~/api/Part'
import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { PERIOD_OPTIONS } from '~/lib/periods'
import { ActionButton } from '~/ui/ActionButton'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SearchFilter, SelectFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { BoxSkeleton, TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { typeOptions } from './eventTypes'
import { hostsOf, withoutScheme } from './hosts'
import {
  MESSAGE_STATUSES,
  type SentFilter,
  sentFilters,
  sentList,
  subscriptionList,
  webhookStatistics,
} from './queries'
import { ReplaySentMany } from './ReplaySentMany'
import { SentChart } from './SentChart'
import { sentColumns } from './sent'
import { webhookTabs } from './tabs'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(sentList(sentFilters.of(request)))
  void queryClient.prefetchQuery(subscriptionList())
  void queryClient.prefetchQuery(webhookStatistics('24h'))
  return null
}

const STATUS_OPTIONS = MESSAGE_STATUSES.map((status) => ({
  value: status,
  label: STATUSES[status].label,
}))

export default function SentPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(sentFilters)
  const { data: subscriptions } = useQuery(subscriptionList())
  const mayReplay = useMay('write:webhooks')
  const [isReplaying, replaying] = useDisclosure(false)
  return (
    <Page
      title="Webhooks"
      description="What is told to subscribers: each message until it is delivered, or given up after its last attempt."
      tabs={webhookTabs('Sent')}
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
          <SentChart />
        </Part>
        <div>
          <FilterBar isFiltered={isFiltered} onClear={clear}>
            <SearchFilter
              label="Search bodies and errors"
              value={filter.text}
              onChange={(text) => setFilter({ text })}
            />
            <SelectFilter
              label="Status"
              any="Any status"
              value={filter.status}
              options={STATUS_OPTIONS}
              onChange={(status) => setFilter({ status })}
            />
            <SelectFilter
              label="Subscription"
              any="Any subscription"
              value={filter.subscription_id}
              options={(subscriptions?.items ?? []).map(({ subscription_id, url }) => ({
                value: subscription_id,
                label: withoutScheme(url),
              }))}
              onChange={(subscription_id) => setFilter({ subscription_id })}
            />
            <SelectFilter
              label="Event type"
              any="Any type"
              value={filter.type}
              options={typeOptions(filter.type)}
              onChange={(type) => setFilter({ type })}
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
            <SentTable
              filter={filter}
              isFiltered={isFiltered}
              isStale={isPending}
              onClear={clear}
            />
          </Suspense>
        </div>
      </Stack>
      <ReplaySentMany isOpen={isReplaying} onClose={replaying.close} filter={filter} />
    </Page>
  )
}

type SentTableProps = {
  filter: SentFilter
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function SentTable({ filter, isFiltered, isStale, onClear }: SentTableProps) {
  const { rows, more } = usePaged(sentList(filter))
  const { data: subscriptions } = useSuspenseQuery(subscriptionList())
  return (
    <DataTable
      label="Sent webhooks"
      rows={rows}
      columns={sentColumns(hostsOf(subscriptions.items))}
      rowKey={({ message_id }) => message_id}
      rowLink={({ message_id }) => linkTo(paths.webhookMessage(message_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No message fits the filters"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconSend}
            title="Nothing sent yet"
            body="Subscribe an address to events: each of them is then sent there, signed, and listed here."
            action={
              <Button component={Link} to={paths.webhookSubscriptions()} variant="default">
                Go to Subscriptions
              </Button>
            }
          />
        )
      }
    />
  )
}
