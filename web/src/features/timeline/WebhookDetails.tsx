import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'

import type { Schemas } from '~/api/api'
import { formatDuration } from '~/lib/format'
import { paths } from '~/lib/paths'
import { Subject } from '~/lib/subjects'
import { CodeBlock } from '~/ui/CodeBlock'
import { Id } from '~/ui/CopyButton'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { Timeline } from '~/ui/Timeline'
import { Fetched } from './Fetched'
import { messageDetail, webhookDetail } from './queries'

type WebhookDetailsProps = { deliveryId: string }

export function WebhookDetails({ deliveryId }: WebhookDetailsProps) {
  const query = useQuery(webhookDetail(deliveryId))
  return (
    <Fetched query={query}>
      {(webhook) => (
        <>
          <KeyValue
            facts={[
              { label: 'Status', value: <StatusBadge status={webhook.status} /> },
              { label: 'Why', value: webhook.reason },
              { label: 'Sender', value: webhook.source },
              { label: 'Type', value: <code className="h-mono">{webhook.type}</code> },
              { label: 'Verified by', value: webhook.verified_by },
              { label: 'Received', value: <Time at={webhook.received_at} as="full" /> },
              { label: 'Answered', value: webhook.response_status },
              { label: 'Came again', value: webhook.duplicates },
              { label: 'Run', value: webhook.run_id && <Subject id={webhook.run_id} /> },
              { label: 'Delivery id', value: <Id value={webhook.delivery_id} /> },
            ]}
          />
          <Button component={Link} to={paths.webhook(webhook.delivery_id)} variant="default">
            Open the webhook, with replay
          </Button>
          <Bytes body={webhook.body} />
          <JsonView label="Headers" value={webhook.headers} depth={1} />
          <CodeBlock label="Our answer" code={webhook.response_body} />
        </>
      )}
    </Fetched>
  )
}

type MessageDetailsProps = { messageId: string }

export function MessageDetails({ messageId }: MessageDetailsProps) {
  const query = useQuery(messageDetail(messageId))
  return (
    <Fetched query={query}>
      {(message) => (
        <>
          <KeyValue
            facts={[
              { label: 'Status', value: <StatusBadge status={message.status} /> },
              { label: 'Type', value: <code className="h-mono">{message.type}</code> },
              { label: 'About', value: message.subject && <Subject id={message.subject} /> },
              { label: 'Written', value: <Time at={message.created_at} as="full" /> },
              { label: 'Ended', value: <Time at={message.ended_at} as="full" /> },
              { label: 'Next try', value: <Time at={message.next_attempt_at} as="full" /> },
              { label: 'Last error', value: message.error },
              { label: 'Message id', value: <Id value={message.message_id} /> },
            ]}
          />
          <Button component={Link} to={paths.webhookMessage(message.message_id)} variant="default">
            Open the message, with replay
          </Button>
          <Timeline label="Attempts" items={message.log.map(attempt)} />
          <Bytes body={message.body} />
        </>
      )}
    </Fetched>
  )
}

function attempt(one: Schemas['WebhookAttempt']) {
  const { number, started_at, duration_ms, response_status, error } = one
  const answer = response_status ? `answered ${response_status}` : 'got no answer'
  return {
    id: String(number),
    at: started_at,
    status: error ? 'failed' : 'succeeded',
    title: `Attempt ${number} ${answer} after ${formatDuration(duration_ms)}`,
    children: error,
  }
}

/** The body as it was sent, and as a tree where it is JSON. */
function Bytes({ body }: { body: string }) {
  const value = parsed(body)
  return (
    <>
      {value !== undefined && <JsonView label="Payload" value={value} depth={2} />}
      <CodeBlock label="Raw body" code={body} />
    </>
  )
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
