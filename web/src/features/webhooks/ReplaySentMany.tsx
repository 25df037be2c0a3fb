import { Button, Group, Modal, Select, Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { Part } from '~/api/Part'
import { plural } from '~/lib/format'
import { given } from '~/lib/given'
import { PERIOD_OPTIONS, sinceOf } from '~/lib/periods'
import { ActionButton } from '~/ui/ActionButton'
import { FormError } from '~/ui/FormError'
import { KeyValue } from '~/ui/KeyValue'
import { notifyDone } from '~/ui/notify'
import { Time } from '~/ui/Time'
import { hostsOf } from './hosts'
import { type SentFilter, sentReplaysPreview, subscriptionList, webhooksChanged } from './queries'
import classes from './Replay.module.css'

type ReplaySentManyProps = { isOpen: boolean; onClose: () => void; filter: SentFilter }

type Body = Omit<Schemas['ReplayWebhookMessages'], 'dry_run'>

const ENDED = [
  { value: 'failed', label: 'Failed: given up' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'cancelled', label: 'Cancelled' },
] as const

/** Sends all messages that the list's filters find again, after showing which. */
export function ReplaySentMany({ isOpen, onClose, filter }: ReplaySentManyProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Send webhooks again" size="lg">
      <Choice onClose={onClose} filter={filter} />
    </Modal>
  )
}

function Choice({ onClose, filter }: Omit<ReplaySentManyProps, 'isOpen'>) {
  const { period, status: listed, ...rest } = filter
  const [status, setStatus] = useState<Schemas['EndedStatus']>(
    ENDED.find(({ value }) => value === listed)?.value ?? 'failed',
  )
  // Fixed while the window is open, so that what is sent is what was shown.
  const [since] = useState(() => sinceOf(period))
  const body: Body = { status, ...rest, ...given({ since }) }
  return (
    <Stack gap="sm">
      <div>
        The same bytes go out under the same <code className="h-mono">webhook-id</code>, so a
        receiver that knows a message ignores it.
      </div>
      <Select
        label="Which messages"
        data={[...ENDED]}
        value={status}
        onChange={(value) => setStatus(ENDED.find((it) => it.value === value)?.value ?? 'failed')}
      />
      <Part key={JSON.stringify(body)}>
        <Narrowed filter={filter} />
        <Preview body={body} onClose={onClose} />
      </Part>
    </Stack>
  )
}

function Narrowed({ filter }: { filter: SentFilter }) {
  const { data: subscriptions } = useSuspenseQuery(subscriptionList())
  const { subscription_id, type, subject, text, period } = filter
  const facts = [
    { label: 'To', value: subscription_id && hostsOf(subscriptions.items)(subscription_id) },
    { label: 'Event type', value: type },
    { label: 'About', value: subject },
    { label: 'Containing', value: text },
    { label: 'Written', value: PERIOD_OPTIONS.find(({ value }) => value === period)?.label },
  ].filter(({ value }) => value)
  if (facts.length === 0) {
    return <span className="h-muted">Of all subscriptions, types and times: no filter is set.</span>
  }
  return <KeyValue facts={facts} />
}

function Preview({ body, onClose }: { body: Body; onClose: () => void }) {
  const { data: preview } = useSuspenseQuery(sentReplaysPreview(body))
  const { messages, items, more } = preview
  const [header] = useState(idempotent)
  const replay = api.useMutation('post', '/v1/webhook-messages/replay', {
    onSuccess: async (done) => {
      await webhooksChanged()
      notifyDone(`${plural(done.messages, 'message')} on the way again`)
      onClose()
    },
  })
  return (
    <>
      <div>
        <strong>{plural(messages, 'message')}</strong> would be sent again
        {more && ', the oldest that fit; more follow with another replay'}.
      </div>
      {items.length > 0 && (
        <ul className={classes.list} aria-label="The newest of them">
          {items.map((message) => (
            <li key={message.message_id} className={classes.row}>
              <span className={classes.grow}>{message.type}</span>
              <span className="h-muted">{message.response_status}</span>
              <Time at={message.created_at} as="full" />
            </li>
          ))}
        </ul>
      )}
      <FormError error={replay.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <ActionButton
          loading={replay.isPending}
          reason={messages === 0 ? 'No message fits the choice.' : undefined}
          onClick={() => replay.mutate({ params: { header }, body: { ...body, dry_run: false } })}
        >
          Send {plural(messages, 'message')} again
        </ActionButton>
      </Group>
    </>
  )
}
