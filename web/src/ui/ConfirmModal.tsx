import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'

import { FormError } from './FormError'

type ConfirmModalProps = {
  isOpen: boolean
  onClose: () => void
  title: string
  /** What will happen, and whether it can be taken back. */
  children: ReactNode
  /** The verb: `Void invoice`. */
  confirm: string
  onConfirm: () => void
  isPending: boolean
  error?: unknown
  isDangerous?: boolean
  /** A word to type first, for what cannot be taken back. */
  typed?: string
}

export function ConfirmModal(props: ConfirmModalProps) {
  const { isOpen, onClose, title } = props
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <Confirmation {...props} />
    </Modal>
  )
}

// Inside the modal, so that a word typed for one thing is forgotten before the next.
function Confirmation(props: ConfirmModalProps) {
  const { onClose, children, confirm, onConfirm, isPending, error, isDangerous, typed } = props
  const [word, setWord] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onConfirm()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <div>{children}</div>
        {typed && (
          <TextInput
            label={`Type ${typed} to go on`}
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        <FormError error={error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={isPending}
            disabled={typed !== undefined && word !== typed}
            {...(isDangerous && { color: 'red' })}
            {...(!typed && { 'data-autofocus': true })}
          >
            {confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
