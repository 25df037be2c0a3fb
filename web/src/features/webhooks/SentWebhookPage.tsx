import { useDisclosure } from '@mantine/hooks'
import { IconRepeat } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import type { Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { formatCount } from '~/lib/format'
import { linkTo, TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Subject } from '~/lib/subjects'
import { ActionButton } from '~/ui/ActionButton'
import { Columns } from '~/ui/Columns'
import { Id } from '~/ui/CopyButton'
import { KeyValue } from '~/ui/KeyValue'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import { Attempts } from './Attempts'
import { hostsOf } from './hosts'
import { sentDetail, subscriptionList } from './queries'
import { RawBody } from './RawBody'
import { ReplaySent } from './ReplaySent'
import { MessageStatus, NextTry } from './sent'

export function loader({ params }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(sentDetail(params.messageId ?? ''))
  void queryClient.prefetchQuery(subscriptionList())
  return null
}

export default function SentWebhookPage() {
  const { messageId = '' } = useParams()
  const { data: message } = useSuspenseQuery(sentDetail(messageId))
  const mayReplay = useMay('write:webhooks')
  const [isReplaying, replaying] = useDisclosure(false)
  return (
    <Page
      title={message.type}
      badge={<MessageStatus message={message} />}
      description={
        <>
          Written <Time at={message.created_at} as="full" />
        </>
      }
      parent={{ label: 'Sent webhooks', link: linkTo(paths.webhookMessages()) }}
      actions={
        <ActionButton
          reason={mayReplay.reason}
          leftSection={<IconRepeat size={15} aria-hidden />}
          onClick={replaying.open}
        >
          {message.status === 'pending' ? 'Send now…' : 'Send again…'}
        </ActionButton>
      }
    >
      <Columns
        main={
          <>
            <Section title="Attempts" aside={formatCount(message.attempts)} isFlush>
              <Attempts message={message} />
            </Section>
            <RawBody title="Body" body={message.body} />
          </>
        }
        aside={<Facts message={message} />}
      />
      <ReplaySent message={message} isOpen={isReplaying} onClose={replaying.close} />
    </Page>
  )
}

function Facts({ message }: { message: Schemas['WebhookMessageDetail'] }) {
  const { data: subscriptions } = useQuery(subscriptionList())
  const { subscription_id, subject, event_id } = message
  return (
    <Section title="Message">
      <KeyValue
        facts={[
          {
            label: 'To',
            value: (
              <TextLink to={paths.webhookSubscription(subscription_id)}>
                {hostsOf(subscriptions?.items ?? [])(subscription_id)}
              </TextLink>
            ),
          },
          { label: 'About', value: subject && <Subject id={subject} /> },
          {
            label: 'webhook-id',
            value: <Id value={message.message_id} />,
            hint: 'The same with every attempt: receivers tell repetitions by it',
          },
          { label: 'Event', value: event_id && <Id value={event_id} /> },
          {
            label: 'Next try',
            value: message.next_attempt_at && <NextTry at={message.next_attempt_at} />,
          },
          {
            label: 'Ended',
            value: message.ended_at && <Time at={message.ended_at} as="full" />,
          },
          { label: 'Replays', value: formatCount(message.replays) },
        ]}
      />
    </Section>
  )
}
