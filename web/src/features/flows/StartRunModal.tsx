import { Button, Group, Modal, Stack } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { sampleInput } from './model/sample'
import { JsonField, readJson } from './workbench/JsonField'

type StartRunModalProps = {
  isOpen: boolean
  onClose: () => void
  flow: string
  version: string
  source: string
  onStarted: (runId: string) => void
}

export function StartRunModal(props: StartRunModalProps) {
  const { isOpen, onClose, flow } = props
  return (
    <Modal opened={isOpen} onClose={onClose} title={`Start ${flow}`} size="lg">
      <StartForm {...props} />
    </Modal>
  )
}

function StartForm({ flow, version, source, onClose, onStarted }: StartRunModalProps) {
  const [header] = useState(idempotent)
  const [input, setInput] = useState(() => JSON.stringify(sampleInput(source), undefined, 2))
  const [wrong, setWrong] = useState<string>()
  const start = api.useMutation('post', '/v1/flows/{flow}/runs', {
    onSuccess: async ({ run_id }) => {
      await queryClient.invalidateQueries({ queryKey: ['get', '/v1/runs'] })
      notifyDone('Run started')
      onStarted(run_id)
    },
  })
  const submit = () => {
    const given = readJson(input)
    setWrong(given.error)
    if (given.error) return
    start.mutate({ params: { path: { flow }, header }, body: { input: given.value } })
  }
  return (
    <Stack gap="sm">
      <JsonField
        label="Input"
        description={`The run starts from version ${version}, which is in use.`}
        value={input}
        onChange={setInput}
        error={wrong}
        size="large"
      />
      <FormError error={start.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={start.isPending} onClick={submit}>
          Start run
        </Button>
      </Group>
    </Stack>
  )
}
