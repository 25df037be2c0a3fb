import { Button, Group, Modal, Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { Part } from '~/api/Part'
import { sentenceOf } from '~/lib/sentence'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { sentReplayPreview, webhooksChanged } from './queries'

type ReplaySentProps = {
  message: Schemas['WebhookMessageDetail']
  isOpen: boolean
  onClose: () => void
}

export function ReplaySent({ message, isOpen, onClose }: ReplaySentProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Send this webhook again">
      <Part>
        <Preview messageId={message.message_id} onClose={onClose} />
      </Part>
    </Modal>
  )
}

function Preview({ messageId, onClose }: { messageId: string; onClose: () => void }) {
  const { data: preview } = useSuspenseQuery(sentReplayPreview(messageId))
  const [header] = useState(idempotent)
  const replay = api.useMutation('post', '/v1/webhook-messages/{message_id}/replay', {
    onSuccess: async ({ detail }) => {
      await webhooksChanged()
      notifyDone(sentenceOf(detail))
      onClose()
    },
  })
  const params = { path: { message_id: messageId }, header }
  return (
    <Stack gap="sm">
      <div>{sentenceOf(preview.detail)}</div>
      <div className="h-muted">
        The same bytes go out under the same <code className="h-mono">webhook-id</code>, so a
        receiver that knows the message ignores it.
      </div>
      <FormError error={replay.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          data-autofocus
          loading={replay.isPending}
          onClick={() => replay.mutate({ params, body: { dry_run: false } })}
        >
          Send
        </Button>
      </Group>
    </Stack>
  )
}
