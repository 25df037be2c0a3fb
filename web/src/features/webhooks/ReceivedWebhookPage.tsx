import { useDisclosure } from '@mantine/hooks'
import { IconRepeat } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import type { Schemas } from '~/api/api'
import { Part } from '~/api/Part'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { formatCount, humanize, plural } from '~/lib/format'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Columns } from '~/ui/Columns'
import { Id } from '~/ui/CopyButton'
import { KeyValue } from '~/ui/KeyValue'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { Consequences } from './Consequences'
import { headersOf } from './headers'
import { receivedDetail } from './queries'
import { RawBody } from './RawBody'
import { ReplayReceived } from './ReplayReceived'
import { schemeOf } from './received'

export function loader({ params }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(receivedDetail(params.deliveryId ?? ''))
  return null
}

type Webhook = Schemas['WebhookDetail']

export default function ReceivedWebhookPage() {
  const { deliveryId = '' } = useParams()
  const { data: webhook } = useSuspenseQuery(receivedDetail(deliveryId))
  const mayReplay = useMay('write:webhooks')
  const [isReplaying, replaying] = useDisclosure(false)
  return (
    <Page
      title={webhook.type ?? 'Webhook without a type'}
      badge={<StatusBadge status={webhook.status} />}
      description={
        <>
          From {humanize(webhook.source)}, <Time at={webhook.received_at} as="full" />
        </>
      }
      parent={{ label: 'Received webhooks', link: linkTo(paths.webhooks()) }}
      actions={
        <ActionButton
          reason={mayReplay.reason}
          leftSection={<IconRepeat size={15} aria-hidden />}
          onClick={replaying.open}
        >
          Replay…
        </ActionButton>
      }
    >
      <Columns
        main={
          <>
            <RawBody title="Body" body={webhook.body} />
            <Section title="Headers">
              <KeyValue facts={headersOf(webhook.headers)} />
            </Section>
            <RawBody
              title="Our answer"
              body={webhook.response_body}
              actions={<AnswerStatus status={webhook.response_status} />}
            />
          </>
        }
        aside={
          <>
            <Verification webhook={webhook} />
            <Section title="What it caused">
              <Part>
                <Consequences webhook={webhook} />
              </Part>
            </Section>
            <Delivery webhook={webhook} />
          </>
        }
      />
      <ReplayReceived webhook={webhook} isOpen={isReplaying} onClose={replaying.close} />
    </Page>
  )
}

function AnswerStatus({ status }: { status: number }) {
  return <code className="h-mono">{status}</code>
}

function Verification({ webhook }: { webhook: Webhook }) {
  return (
    <Section title="Verification">
      <KeyValue
        facts={[
          {
            label: 'Genuine by',
            value: schemeOf(webhook.verified_by),
            hint: 'What proved that the sender knows the shared secret',
          },
          ...(webhook.reason ? [{ label: 'Refused because', value: webhook.reason }] : []),
          ...(webhook.status === 'ignored'
            ? [{ label: 'Ignored', value: 'No flow or record here needs events of this type.' }]
            : []),
        ]}
      />
    </Section>
  )
}

function Delivery({ webhook }: { webhook: Webhook }) {
  const { delivery_id, event_key, duplicates, replays } = webhook
  return (
    <Section title="Delivery">
      <KeyValue
        facts={[
          { label: 'Delivery', value: <Id value={delivery_id} /> },
          {
            label: 'Sender’s id',
            value: event_key && <Id value={event_key} />,
            hint: 'Deliveries with the same one count as one',
          },
          {
            label: 'Duplicates',
            value:
              duplicates === 0
                ? 'It came once'
                : `It came ${plural(duplicates, 'more time')}, and was answered the same each time`,
          },
          { label: 'Replays', value: formatCount(replays) },
        ]}
      />
    </Section>
  )
}
