import type { Schemas } from '~/api/api'
import { formatCount } from '~/lib/format'
import { Subject } from '~/lib/subjects'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'

type Message = Schemas['WebhookMessageView']

/** Failed attempts leave a message waiting; that is worth another colour than the first wait. */
export function MessageStatus({ message, look }: { message: Message; look?: 'plain' }) {
  const isRetried = message.status === 'pending' && message.attempts > 0
  return (
    <StatusBadge
      status={message.status}
      {...(look && { look })}
      {...(isRetried && { label: 'Retrying', tone: 'warning' })}
    />
  )
}

/** A time that has passed means that something else must be over first. */
export function NextTry({ at }: { at: string | undefined }) {
  if (!at || Date.parse(at) > Date.now()) return <Time at={at} />
  return (
    <span
      className="h-muted"
      title="It waits until the subscription is active and earlier messages about the same subject are through."
    >
      In turn
    </span>
  )
}

/** `hostOf` names the receiver; tables of one subscription leave it out. */
export function sentColumns(
  hostOf?: (subscriptionId: string) => string,
): readonly Column<Message>[] {
  return [
    { header: 'Event type', cell: ({ type }) => type },
    {
      header: 'Status',
      width: '7rem',
      onPhone: 'aside',
      cell: (message) => <MessageStatus message={message} look="plain" />,
    },
    ...(hostOf
      ? [
          {
            header: 'To',
            width: '14rem',
            cell: ({ subscription_id }: Message) => (
              <span className="h-muted">{hostOf(subscription_id)}</span>
            ),
          },
        ]
      : []),
    {
      header: 'About',
      width: '9.5rem',
      from: 'md',
      cell: ({ subject }) => (subject ? <Subject id={subject} /> : <None />),
    },
    {
      header: 'Attempts',
      width: '5.5rem',
      align: 'right',
      onPhone: 'hidden',
      cell: ({ attempts }) => formatCount(attempts),
    },
    ...(hostOf
      ? [
          {
            header: 'Last answer',
            width: '6.5rem',
            from: 'lg' as const,
            cell: ({ response_status, error }: Message) =>
              response_status ?? (error ? <span title={error}>None came</span> : <None />),
          },
        ]
      : []),
    {
      header: 'Next try',
      width: '6.5rem',
      align: 'right',
      onPhone: 'hidden',
      cell: ({ next_attempt_at }) => <NextTry at={next_attempt_at} />,
    },
    {
      header: 'Written',
      width: '7.5rem',
      align: 'right',
      cell: ({ created_at }) => <Time at={created_at} />,
    },
  ]
}
