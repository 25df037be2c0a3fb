import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { nameOf } from '~/features/flows/model/definition'
import { asRecord } from '~/features/flows/model/values'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type RunModalProps, whenDone } from './mutation'

export function ResumeRunModal({ run, onClose }: RunModalProps) {
  const [header] = useState(idempotent)
  const resume = api.useMutation(
    'post',
    '/v1/runs/{run_id}/resume',
    whenDone('Run resumed', onClose),
  )
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title="Resume this run?"
      confirm="Resume"
      onConfirm={() => resume.mutate({ params: { path: { run_id: run.run_id }, header } })}
      isPending={resume.isPending}
      error={resume.error}
    >
      It goes on with what came while it was paused. Waits and timeouts that ended meanwhile end at
      once.
    </ConfirmModal>
  )
}

export function RetryRunModal({ run, onClose }: RunModalProps) {
  const [header] = useState(idempotent)
  const retry = api.useMutation(
    'post',
    '/v1/runs/{run_id}/retry',
    whenDone('Run taken up again', onClose),
  )
  const { instance } = asRecord(run.error)
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title="Retry this run?"
      confirm="Retry"
      onConfirm={() => retry.mutate({ params: { path: { run_id: run.run_id }, header } })}
      isPending={retry.isPending}
      error={retry.error}
    >
      It goes on from{' '}
      {typeof instance === 'string' ? <strong>{nameOf(instance)}</strong> : 'the step that failed'}.
      What was done before stays done.
    </ConfirmModal>
  )
}
