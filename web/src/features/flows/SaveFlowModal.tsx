import { Button, Group, Modal, SegmentedControl, Stack, Switch } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import type { Definition } from './model/definition'
import { versionSpan } from './model/parse'
import { type Bump, bumped, highest } from './model/version'
import { invalidateFlows } from './queries'
import { notifySwitched } from './switched'

type SaveFlowModalProps = {
  isOpen: boolean
  onClose: () => void
  source: string
  definition: Definition
  /** The versions that are kept already. */
  versions: readonly Schemas['FlowVersion'][]
  onSaved: (flow: Schemas['FlowView']) => void
}

export function SaveFlowModal(props: SaveFlowModalProps) {
  const { definition, isOpen, onClose } = props
  return (
    <Modal opened={isOpen} onClose={onClose} title={`Save ${definition.title || definition.name}`}>
      <SaveForm {...props} />
    </Modal>
  )
}

type Choice = Bump | 'written'

function SaveForm({ source, definition, versions, onClose, onSaved }: SaveFlowModalProps) {
  const [header] = useState(idempotent)
  const taken = versions.some(({ version }) => version === definition.version)
  const [choice, setChoice] = useState<Choice>(taken ? 'patch' : 'written')
  const [activate, setActivate] = useState(true)
  const top = highest([...versions.map(({ version }) => version), definition.version])
  const version = choice === 'written' ? definition.version : bumped(top, choice)
  const save = api.useMutation('post', '/v1/flows', {
    onSuccess: async (flow) => {
      if (activate) {
        await notifySwitched(definition.name, versions, `Version ${version} is in use`)
      } else {
        await invalidateFlows()
        notifyDone(`Version ${version} saved`)
      }
      onSaved(flow)
    },
  })
  const submit = () =>
    save.mutate({
      params: { header },
      body: { source: withVersion(source, version), activate },
    })

  const choices = [
    ...(taken ? [] : [{ value: 'written', label: `As written: ${definition.version}` }]),
    ...(['patch', 'minor', 'major'] as const).map((by) => ({
      value: by,
      label: `${by.charAt(0).toUpperCase()}${by.slice(1)}: ${bumped(top, by)}`,
    })),
  ]
  return (
    <Stack gap="sm">
      <p className="h-muted" style={{ margin: 0 }}>
        {taken
          ? `Version ${definition.version} is kept already and never changes. Choose the next one; it is written into the text.`
          : 'A version never changes once it is saved. Runs that have begun stay on theirs.'}
      </p>
      <SegmentedControl
        aria-label="Version"
        fullWidth
        data={choices}
        value={choice}
        onChange={(chosen) => setChoice(chosen as Choice)}
      />
      <Switch
        label="Start new runs from it at once"
        description={
          activate
            ? 'On every server within a second.'
            : 'It is kept beside the version in use; activate it on the Versions tab.'
        }
        checked={activate}
        onChange={(event) => setActivate(event.currentTarget.checked)}
      />
      <FormError error={save.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={save.isPending} onClick={submit} data-autofocus>
          Save {version}
        </Button>
      </Group>
    </Stack>
  )
}

function withVersion(source: string, version: string): string {
  const span = versionSpan(source)
  if (!span || source.slice(span.from, span.to) === version) return source
  return source.slice(0, span.from) + version + source.slice(span.to)
}
