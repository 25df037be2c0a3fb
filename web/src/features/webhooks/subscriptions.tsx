import type { Schemas } from '~/api/api'
import { formatCount, formatPercent } from '~/lib/format'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { withoutScheme } from './hosts'

type Subscription = Schemas['WebhookSubscriptionView']

export function SubscriptionStatus({
  subscription,
  look,
}: {
  subscription: Subscription
  look?: 'plain'
}) {
  const isFailing = subscription.status === 'active' && subscription.failing_since !== undefined
  return (
    <StatusBadge status={isFailing ? 'failing' : subscription.status} {...(look && { look })} />
  )
}

export function subscriptionColumns(
  statistics: Schemas['WebhookStatistics'] | undefined,
): readonly Column<Subscription>[] {
  const byId = new Map(statistics?.subscriptions.map((it) => [it.subscription_id, it]))
  return [
    { header: 'Address', cell: ({ url }) => <span title={url}>{withoutScheme(url)}</span> },
    {
      header: 'Status',
      width: '7.5rem',
      onPhone: 'aside',
      cell: (subscription) => <SubscriptionStatus subscription={subscription} look="plain" />,
    },
    {
      header: 'Events',
      width: '18%',
      cell: ({ event_types }) => (
        <span className="h-muted" title={event_types.join('\n')}>
          {event_types.includes('*') ? 'All events' : event_types.join(', ')}
        </span>
      ),
    },
    {
      header: 'Description',
      width: '13%',
      from: 'lg',
      cell: ({ description }) => description ?? <None />,
    },
    {
      header: 'In 7 days',
      width: '6rem',
      align: 'right',
      from: 'md',
      cell: ({ subscription_id }) => countOf(byId.get(subscription_id)?.messages),
    },
    {
      header: 'Given up',
      width: '6rem',
      align: 'right',
      from: 'lg',
      cell: ({ subscription_id }) => countOf(byId.get(subscription_id)?.given_up),
    },
    {
      header: 'Success',
      width: '5.5rem',
      align: 'right',
      onPhone: 'hidden',
      cell: ({ subscription_id }) => {
        const rate = byId.get(subscription_id)?.success_rate
        return rate === undefined ? <None /> : formatPercent(rate)
      },
    },
    {
      header: 'Failing since',
      width: '7.5rem',
      align: 'right',
      cell: ({ failing_since }) => <Time at={failing_since} />,
    },
  ]
}

function countOf(count: number | undefined) {
  return count ? formatCount(count) : <None />
}
