import { Button, Group, Modal, Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { Part } from '~/api/Part'
import { sentenceOf } from '~/lib/sentence'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { StatusBadge } from '~/ui/StatusBadge'
import { receivedReplayPreview, webhooksChanged } from './queries'
import classes from './Replay.module.css'

type ReplayReceivedProps = {
  webhook: Schemas['WebhookDetail']
  isOpen: boolean
  onClose: () => void
}

/** Says what reading the stored bytes again would change, and does it when that is confirmed. */
export function ReplayReceived({ webhook, isOpen, onClose }: ReplayReceivedProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Replay this webhook">
      <Part>
        <Preview webhook={webhook} onClose={onClose} />
      </Part>
    </Modal>
  )
}

function Preview({ webhook, onClose }: Omit<ReplayReceivedProps, 'isOpen'>) {
  const { delivery_id, status } = webhook
  const { data: preview } = useSuspenseQuery(receivedReplayPreview(delivery_id))
  const [header] = useState(idempotent)
  const replay = api.useMutation('post', '/v1/webhooks/{delivery_id}/replay', {
    onSuccess: async ({ detail }) => {
      await webhooksChanged()
      notifyDone(`Replayed: ${detail}`)
      onClose()
    },
  })
  const after = preview.outcome === 'unchanged' ? status : preview.outcome
  return (
    <Stack gap="sm">
      <div>
        The stored bytes are read again, under the same deduplication. Doing it twice changes
        nothing more.
      </div>
      <dl className={classes.change}>
        <dt>Now</dt>
        <dd>
          <StatusBadge status={status} look="plain" />
          {webhook.reason && <p className={classes.why}>{webhook.reason}</p>}
        </dd>
        <dt>After</dt>
        <dd data-changed={after !== status || undefined}>
          <StatusBadge status={after} look="plain" />
          <p className={classes.why}>{sentenceOf(preview.detail)}</p>
        </dd>
      </dl>
      <FormError error={replay.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          data-autofocus
          loading={replay.isPending}
          onClick={() =>
            replay.mutate({ params: { path: { delivery_id }, header }, body: { dry_run: false } })
          }
        >
          {after === status ? 'Replay anyway' : 'Replay'}
        </Button>
      </Group>
    </Stack>
  )
}
