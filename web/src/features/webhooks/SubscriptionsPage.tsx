import { useDisclosure } from '@mantine/hooks'
import { IconPlus, IconWebhook } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { useNavigate } from 'react-router'

import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { defineFilters, oneOf, useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SegmentedFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { STATUSES } from '~/ui/status'
import { NewSubscription } from './NewSubscription'
import { SUBSCRIPTION_STATUSES, subscriptionList, webhookStatistics } from './queries'
import { subscriptionColumns } from './subscriptions'
import { webhookTabs } from './tabs'

export function loader() {
  void queryClient.prefetchQuery(subscriptionList())
  void queryClient.prefetchQuery(webhookStatistics('7d'))
  return null
}

const filters = defineFilters({ status: oneOf(SUBSCRIPTION_STATUSES) })
const STATUS_OPTIONS = SUBSCRIPTION_STATUSES.map((status) => ({
  value: status,
  label: STATUSES[status].label,
}))

export default function SubscriptionsPage() {
  const { filter, setFilter, clear, isFiltered } = useFilters(filters)
  const may = useMay('write:webhooks')
  const [isAdding, adding] = useDisclosure(false)
  const navigate = useNavigate()
  return (
    <Page
      title="Webhooks"
      description="Who is told of events, at least once and in the order of the events of one subject."
      tabs={webhookTabs('Subscriptions')}
      actions={
        <ActionButton
          reason={may.reason}
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={adding.open}
        >
          Subscribe
        </ActionButton>
      }
    >
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SegmentedFilter
          label="Status"
          all="All"
          value={filter.status}
          options={STATUS_OPTIONS}
          onChange={(status) => setFilter({ status })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton rows={4} />}>
        <SubscriptionTable status={filter.status} />
      </Suspense>
      <NewSubscription
        isOpen={isAdding}
        onClose={adding.close}
        onDone={(id) => void navigate(paths.webhookSubscription(id))}
      />
    </Page>
  )
}

function SubscriptionTable({ status }: { status: string | undefined }) {
  const { data: subscriptions } = useSuspenseQuery(subscriptionList())
  const { data: statistics } = useQuery(webhookStatistics('7d'))
  const rows = subscriptions.items.filter((it) => status === undefined || it.status === status)
  return (
    <DataTable
      label="Webhook subscriptions"
      rows={rows}
      columns={subscriptionColumns(statistics)}
      rowKey={({ subscription_id }) => subscription_id}
      rowLink={({ subscription_id }) => linkTo(paths.webhookSubscription(subscription_id))}
      empty={
        status ? (
          <EmptyState title="No subscription has this status" />
        ) : (
          <EmptyState
            icon={IconWebhook}
            title="Nobody is told of events yet"
            body="Subscribe an address to have leads, invoices, runs and the rest posted there as they happen."
          />
        )
      }
    />
  )
}
