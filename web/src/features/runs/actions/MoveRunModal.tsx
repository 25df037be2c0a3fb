import { Select } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type RunModalProps, whenDone } from './mutation'

type MoveRunModalProps = RunModalProps & { versions: readonly Schemas['FlowVersion'][] }

export function MoveRunModal({ run, versions, onClose }: MoveRunModalProps) {
  const [header] = useState(idempotent)
  const others = versions.filter(({ version }) => version !== run.version)
  const first = others.find(({ in_use }) => in_use) ?? others[0]
  const [digest, setDigest] = useState(first?.digest ?? null)
  const move = api.useMutation('post', '/v1/runs/{run_id}/move', whenDone('Run moved', onClose))
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title="Move this run to another version?"
      confirm="Move"
      onConfirm={() =>
        move.mutate({
          params: { path: { run_id: run.run_id }, header },
          body: { version: digest },
        })
      }
      isPending={move.isPending}
      error={move.error}
    >
      What is over stays done, and what comes next is what that version says. It is refused, with
      every reason, where what the run is in the middle of is not the same there.
      <Select
        mt="sm"
        label="Version"
        data={others.map(({ digest: value, version, in_use }) => ({
          value,
          label: in_use ? `${version} (in use)` : version,
        }))}
        value={digest}
        onChange={setDigest}
      />
    </ConfirmModal>
  )
}
