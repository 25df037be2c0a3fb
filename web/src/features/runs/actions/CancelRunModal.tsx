import { TextInput } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type RunModalProps, whenDone } from './mutation'

const WORD = 'cancel'

export function CancelRunModal({ run, onClose }: RunModalProps) {
  const [header] = useState(idempotent)
  const [reason, setReason] = useState('')
  const cancel = api.useMutation(
    'post',
    '/v1/runs/{run_id}/cancel',
    whenDone('Run is being cancelled', onClose),
  )
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title={`Cancel this run of ${run.flow}?`}
      confirm="Cancel run"
      typed={WORD}
      onConfirm={() =>
        cancel.mutate({
          params: { path: { run_id: run.run_id }, header },
          body: { reason: reason.trim() },
        })
      }
      isPending={cancel.isPending}
      error={cancel.error}
      isDangerous
    >
      It stops within moments and cannot be taken up again. Calls being made are given up; what they
      did stays.
      <TextInput
        mt="sm"
        label="Reason"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </ConfirmModal>
  )
}
