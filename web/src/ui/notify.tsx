import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'

import { asProblem, messageOf } from '~/api/problem'

/** A toast for what was done, in the past tense: `Invoice voided`. */
export function notifyDone(message: string) {
  notifications.show({
    message,
    color: 'teal',
    icon: <IconCheck size={16} />,
    withBorder: true,
  })
}

/** A toast for what failed where there is no form to say it. Fits `onError` of a mutation. */
export function notifyProblem(error: unknown) {
  const problem = asProblem(error)
  const message = messageOf(error)
  notifications.show({
    title: problem.title,
    message: message === `${problem.title}.` ? undefined : message,
    color: 'red',
    icon: <IconAlertTriangle size={16} />,
    autoClose: 8_000,
    withBorder: true,
    role: 'alert',
  })
}
