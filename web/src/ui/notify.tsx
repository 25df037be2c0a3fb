import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'

import { asProblem, messageOf } from '~/api/problem'
import classes from './notify.module.css'

/** For how long somebody has time to read a problem, or to think again. */
const LONG_MS = 8_000

/** A toast for what was done, in the past tense: `Invoice voided`. */
export function notifyDone(message: string) {
  notifications.show({
    message,
    color: 'teal',
    icon: <IconCheck size={16} />,
    withBorder: true,
  })
}

/** What can be undone from the toasts on the screen, the latest last. */
const undoable = new Map<string, () => void>()

/**
 * A toast for what was done and can be taken back: by its button, or by the keys of undoing. `undo`
 * asks the server and fails with its problem.
 */
export function notifyWithUndo(message: string, undo: () => Promise<unknown>) {
  const id = crypto.randomUUID()
  const takeBack = async () => {
    if (!undoable.delete(id)) return
    notifications.hide(id)
    try {
      await undo()
      notifyDone('Undone')
    } catch (error) {
      notifyProblem(error)
    }
  }
  undoable.set(id, () => void takeBack())
  notifications.show({
    id,
    message: (
      <span className={classes.undoable}>
        {message}
        <Button
          variant="default"
          size="compact-sm"
          className={classes.undo ?? ''}
          aria-label={`Undo: ${message}`}
          aria-keyshortcuts="Control+Z Meta+Z"
          onClick={() => void takeBack()}
        >
          Undo
        </Button>
      </span>
    ),
    color: 'teal',
    icon: <IconCheck size={16} />,
    autoClose: LONG_MS,
    withBorder: true,
    onClose: () => undoable.delete(id),
  })
}

/** Takes back what the latest toast says, and says whether there was such a one. */
export function undoLatest(): boolean {
  const latest = [...undoable.values()].at(-1)
  latest?.()
  return latest !== undefined
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
    autoClose: LONG_MS,
    withBorder: true,
    role: 'alert',
  })
}
