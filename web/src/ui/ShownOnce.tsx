import { Alert, Button, Group, Modal, Stack } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import { CodeBlock } from './CodeBlock'

type ShownOnceProps = {
  title: string
  /** The secret; the window is open while there is one. */
  secret: string | undefined
  /** What it is, over it: `Signing secret`. */
  label: string
  onClose: () => void
  /** How to use it. */
  children?: ReactNode
}

/** A secret that only this answer of the API holds. The window closes by its button alone. */
export function ShownOnce({ title, secret, label, onClose, children }: ShownOnceProps) {
  return (
    <Modal
      opened={secret !== undefined}
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="sm">
        <Alert color="yellow" variant="light" icon={<IconKey size={16} />} p="xs">
          Copy it now: it is shown this once, and cannot be read again.
        </Alert>
        <CodeBlock code={secret ?? ''} label={label} />
        {children}
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            I have stored it
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
