import { Button, Group } from '@mantine/core'

import { ActionButton } from './ActionButton'

type FormButtonsProps = {
  /** The verb: `Save assessment`. */
  submit: string
  isPending: boolean
  /** Left out in forms that are the page. */
  onCancel?: (() => void) | undefined
  /** Why it cannot be submitted now, if it cannot. */
  reason?: string | undefined
}

export function FormButtons({ submit, isPending, onCancel, reason }: FormButtonsProps) {
  return (
    <Group justify="flex-end" gap="xs" mt="xs">
      {onCancel && (
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
      )}
      <ActionButton type="submit" loading={isPending} reason={reason}>
        {submit}
      </ActionButton>
    </Group>
  )
}
