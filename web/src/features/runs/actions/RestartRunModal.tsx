import { Button, Group, Modal, SegmentedControl, Stack } from '@mantine/core'
import { useState } from 'react'
import { useNavigate } from 'react-router'

import { api, idempotent } from '~/api/api'
import { JsonField, readJson } from '~/features/flows/workbench/JsonField'
import { paths } from '~/lib/paths'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { invalidateRuns, type RunModalProps } from './mutation'

export function RestartRunModal({ run, onClose }: RunModalProps) {
  const [header] = useState(idempotent)
  const [isSame, setIsSame] = useState(true)
  const [input, setInput] = useState(() => JSON.stringify(run.input ?? {}, undefined, 2))
  const [wrong, setWrong] = useState<string>()
  const navigate = useNavigate()
  const restart = api.useMutation('post', '/v1/runs/{run_id}/restart', {
    onSuccess: async ({ run_id }) => {
      await invalidateRuns()
      notifyDone('A new run started')
      onClose()
      void navigate(paths.run(run_id))
    },
  })
  const submit = () => {
    const read = readJson(input)
    setWrong(isSame ? undefined : read.error)
    if (!isSame && read.error) return
    restart.mutate({
      params: { path: { run_id: run.run_id }, header },
      body: isSame ? {} : { input: read.value },
    })
  }
  return (
    <Modal opened onClose={onClose} title={`Start ${run.flow} again`} size="lg">
      <Stack gap="sm">
        <div>
          A new run of the flow in its present version. What this run did stays done; the new one
          does it again.
        </div>
        <SegmentedControl
          aria-label="Input"
          data={[
            { value: 'same', label: 'The same input' },
            { value: 'other', label: 'Another input' },
          ]}
          value={isSame ? 'same' : 'other'}
          onChange={(chosen) => setIsSame(chosen === 'same')}
        />
        {!isSame && (
          <JsonField label="Input" value={input} onChange={setInput} error={wrong} size="large" />
        )}
        <FormError error={restart.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={restart.isPending} onClick={submit} data-autofocus>
            Start again
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
