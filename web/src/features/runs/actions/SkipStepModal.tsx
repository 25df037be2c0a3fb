import { TextInput } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { nameOf } from '~/features/flows/model/definition'
import { asRecord } from '~/features/flows/model/values'
import { JsonField, readJson } from '~/features/flows/workbench/JsonField'
import { given } from '~/lib/given'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type RunModalProps, whenDone } from './mutation'

const REASON_MAX = 120

export function SkipStepModal({ run, onClose }: RunModalProps) {
  const [header] = useState(idempotent)
  const [reason, setReason] = useState('')
  const [output, setOutput] = useState('')
  const [wrong, setWrong] = useState<{ reason?: string; output?: string }>({})
  const skip = api.useMutation('post', '/v1/runs/{run_id}/skip', whenDone('Step skipped', onClose))
  const { instance } = asRecord(run.error)
  const submit = () => {
    const read = readJson(output)
    const found = {
      ...(!reason.trim() && { reason: 'Say why, for whoever reads the journal later.' }),
      ...(read.error && { output: read.error }),
    }
    setWrong(found)
    if (Object.keys(found).length > 0) return
    skip.mutate({
      params: { path: { run_id: run.run_id }, header },
      body: given({ reason: reason.trim(), output: output.trim() ? read.value : undefined }),
    })
  }
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title={`Skip ${typeof instance === 'string' ? nameOf(instance) : 'the failed step'}?`}
      confirm="Skip step"
      onConfirm={submit}
      isPending={skip.isPending}
      error={skip.error}
    >
      The run goes on behind the step that failed, as if it had given the output below.
      <TextInput
        mt="sm"
        label="Reason"
        withAsterisk
        maxLength={REASON_MAX}
        value={reason}
        error={wrong.reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <JsonField
        label="Output"
        description="JSON; when empty, what went into the step."
        value={output}
        onChange={setOutput}
        error={wrong.output}
      />
    </ConfirmModal>
  )
}
