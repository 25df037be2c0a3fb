import { Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import type { Schemas } from '~/api/api'
import { Part } from '~/api/Part'
import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { formatCount, formatPercent, plural } from '~/lib/format'
import { linkTo, TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Columns } from '~/ui/Columns'
import { Id } from '~/ui/CopyButton'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { KeyValue } from '~/ui/KeyValue'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { TableSkeleton } from '~/ui/Skeletons'
import { Stat, Stats } from '~/ui/Stat'
import { Time } from '~/ui/Time'
import { meaningOf } from './eventTypes'
import { withoutScheme } from './hosts'
import { sentList, subscriptionDetail, webhookStatistics } from './queries'
import { SubscriptionActions } from './SubscriptionActions'
import { sentColumns } from './sent'
import { SubscriptionStatus } from './subscriptions'

export function loader({ params }: LoaderFunctionArgs) {
  const subscriptionId = params.subscriptionId ?? ''
  void queryClient.prefetchQuery(subscriptionDetail(subscriptionId))
  void queryClient.prefetchQuery(webhookStatistics('7d'))
  void queryClient.prefetchInfiniteQuery(sentList({ subscription_id: subscriptionId }))
  return null
}

export default function SubscriptionPage() {
  const { subscriptionId = '' } = useParams()
  const { data: subscription } = useSuspenseQuery(subscriptionDetail(subscriptionId))
  return (
    <Page
      title={withoutScheme(subscription.url)}
      badge={<SubscriptionStatus subscription={subscription} />}
      description={subscription.description}
      parent={{ label: 'Subscriptions', link: linkTo(paths.webhookSubscriptions()) }}
      actions={<SubscriptionActions subscription={subscription} />}
    >
      <Columns
        main={
          <>
            <Part>
              <Deliveries subscriptionId={subscriptionId} />
            </Part>
            <Section
              title="Messages"
              actions={
                <TextLink to={paths.webhookMessagesTo(subscriptionId)}>Filter and replay</TextLink>
              }
              isFlush
            >
              <Part loading={<TableSkeleton rows={5} />}>
                <Messages subscriptionId={subscriptionId} />
              </Part>
            </Section>
          </>
        }
        aside={
          <Stack gap="md">
            <Facts subscription={subscription} />
            <Section title="Events">
              <KeyValue
                layout="stacked"
                facts={subscription.event_types.map((type) => ({
                  label: type === '*' ? 'Everything' : type,
                  value: meaningOf(type),
                }))}
              />
            </Section>
          </Stack>
        }
      />
    </Page>
  )
}

function Deliveries({ subscriptionId }: { subscriptionId: string }) {
  const { data: statistics } = useSuspenseQuery(webhookStatistics('7d'))
  const own = statistics.subscriptions.find((it) => it.subscription_id === subscriptionId)
  if (!own) return <span className="h-muted">Nothing was written for it in the last 7 days.</span>
  const { messages, delivered, pending, given_up, failed_attempts, success_rate } = own
  return (
    <Stats>
      <Stat
        label="Delivered in 7 days"
        value={formatCount(delivered)}
        hint={`of ${plural(messages, 'message')}`}
      />
      <Stat
        label="Success"
        value={success_rate === undefined ? '–' : formatPercent(success_rate)}
        hint="of those that have ended"
      />
      <Stat label="Waiting" value={formatCount(pending)} hint="to be sent, or sent again" />
      <Stat
        label="Given up"
        value={formatCount(given_up)}
        hint={plural(failed_attempts, 'failed attempt')}
        {...(given_up > 0 && { tone: 'danger' as const })}
      />
    </Stats>
  )
}

function Messages({ subscriptionId }: { subscriptionId: string }) {
  const { rows, more } = usePaged(sentList({ subscription_id: subscriptionId }))
  return (
    <DataTable
      label="Messages to this subscription"
      rows={rows}
      columns={sentColumns()}
      rowKey={({ message_id }) => message_id}
      rowLink={({ message_id }) => linkTo(paths.webhookMessage(message_id))}
      more={more}
      empty={
        <EmptyState
          title="No message yet"
          body="Send a test event to see whether the receiver accepts it."
        />
      }
    />
  )
}

function Facts({ subscription }: { subscription: Schemas['WebhookSubscriptionView'] }) {
  const { url, format, has_bearer, connector } = subscription
  return (
    <Section title="Subscription">
      <KeyValue
        facts={[
          ...(subscription.status_reason
            ? [{ label: 'Reason', value: subscription.status_reason }]
            : []),
          ...(subscription.failing_since
            ? [
                {
                  label: 'Failing since',
                  value: <Time at={subscription.failing_since} as="full" />,
                },
              ]
            : []),
          { label: 'Address', value: url },
          { label: 'Id', value: <Id value={subscription.subscription_id} /> },
          {
            label: 'Format',
            value: format === 'standard' ? 'Standard Webhooks' : 'Invoice system’s contract (mwd)',
          },
          { label: 'Bearer token', value: has_bearer ? 'Sent with each message' : 'None' },
          ...(subscription.previous_secret_until
            ? [
                {
                  label: 'Old secret until',
                  value: <Time at={subscription.previous_secret_until} as="full" />,
                },
              ]
            : []),
          ...(connector
            ? [
                {
                  label: 'Connection',
                  value: <TextLink to={paths.connection(connector)}>{connector}</TextLink>,
                },
              ]
            : []),
          { label: 'Created', value: <Time at={subscription.created_at} as="full" /> },
          { label: 'Changed', value: <Time at={subscription.updated_at} as="full" /> },
        ]}
      />
    </Section>
  )
}
