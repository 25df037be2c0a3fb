import { Autocomplete, TextInput } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { JsonField, readJson } from '~/features/flows/workbench/JsonField'
import { given } from '~/lib/given'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type RunModalProps, whenDone } from './mutation'

type SendEventModalProps = RunModalProps & { listens: readonly string[] }

export function SendEventModal({ run, listens, onClose }: SendEventModalProps) {
  const [header] = useState(idempotent)
  const [type, setType] = useState(listens[0] ?? '')
  const [subject, setSubject] = useState('')
  const [data, setData] = useState('{}')
  const [wrong, setWrong] = useState<string>()
  const send = api.useMutation(
    'post',
    '/v1/runs/{run_id}/events',
    whenDone('Event sent to the run', onClose),
  )
  const submit = () => {
    const read = readJson(data)
    setWrong(read.error)
    if (read.error) return
    send.mutate({
      params: { path: { run_id: run.run_id }, header },
      body: given({ type: type.trim(), subject: subject.trim() || undefined, data: read.value }),
    })
  }
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title="Send an event to this run"
      confirm="Send"
      onConfirm={submit}
      isPending={send.isPending}
      error={send.error}
    >
      Only this run hears it, as if it had happened. It waits until a task listens for it.
      <Autocomplete
        mt="sm"
        label="Type"
        size="xs"
        withAsterisk
        data={[...listens]}
        value={type}
        onChange={setType}
      />
      <TextInput
        mt="xs"
        label="Subject"
        value={subject}
        onChange={(event) => setSubject(event.currentTarget.value)}
      />
      <JsonField label="Data" value={data} onChange={setData} error={wrong} />
    </ConfirmModal>
  )
}
