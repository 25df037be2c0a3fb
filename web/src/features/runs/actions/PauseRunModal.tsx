import { TextInput } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type RunModalProps, whenDone } from './mutation'

export function PauseRunModal({ run, onClose }: RunModalProps) {
  const [header] = useState(idempotent)
  const [reason, setReason] = useState('')
  const pause = api.useMutation('post', '/v1/runs/{run_id}/pause', whenDone('Run paused', onClose))
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title="Pause this run?"
      confirm="Pause"
      onConfirm={() =>
        pause.mutate({
          params: { path: { run_id: run.run_id }, header },
          body: { reason: reason.trim() },
        })
      }
      isPending={pause.isPending}
      error={pause.error}
    >
      Nothing of it goes on until it is resumed. Answers, timers and events that come meanwhile are
      kept.
      <TextInput
        mt="sm"
        label="Reason"
        description="For whoever reads the journal later."
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </ConfirmModal>
  )
}
