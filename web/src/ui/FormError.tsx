import { Alert } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'

import { messageOf } from '~/api/problem'

type FormErrorProps = {
  /** What the mutation failed with; nothing is shown without it. */
  error: unknown
}

/** The line above a form's buttons that says why it was not accepted. */
export function FormError({ error }: FormErrorProps) {
  if (!error) return null
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={16} />} role="alert" p="xs">
      {messageOf(error)}
    </Alert>
  )
}
