import { Alert, Button } from '@mantine/core'
import { useInterval } from '@mantine/hooks'
import { IconClock } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'

import { asProblem } from '~/api/problem'
import { formatDuration } from '~/lib/format'
import { FormError } from '~/ui/FormError'

const SECOND = 1_000

/** How many seconds are left until the server looks at another try. */
export function useWait(error: unknown): number {
  const [now, setNow] = useState(() => Date.now())
  useInterval(() => setNow(Date.now()), SECOND, { autoInvoke: true })
  const { retry_at = 0 } = error ? asProblem(error) : {}
  return Math.max(0, Math.ceil((retry_at - now) / SECOND))
}

type TriesErrorProps = { error: unknown; wait: number }

/** `FormError` for what may be tried a few times only: passwords and codes. */
export function TriesError({ error, wait }: TriesErrorProps) {
  if (!error || asProblem(error).code !== 'too-many-requests') return <FormError error={error} />
  if (wait === 0) return null
  // The seconds count down on the button: a screen reader would read them out here each time.
  return (
    <Alert color="yellow" variant="light" icon={<IconClock size={16} />} role="alert" p="xs">
      Too many tries failed, so the next one has to wait.
    </Alert>
  )
}

export function waitLabel(wait: number): string {
  return `Try again in ${wait < 60 ? `${wait} s` : formatDuration(wait * SECOND)}`
}

type SubmitButtonProps = {
  wait?: number
  isPending: boolean
  /** Whether another button is the usual way. */
  isOther?: boolean
  children: ReactNode
}

/** The button of the pages that are seen without being signed in. */
export function SubmitButton({ wait = 0, isPending, isOther, children }: SubmitButtonProps) {
  return (
    <Button
      type="submit"
      size="sm"
      fullWidth
      variant={isOther ? 'default' : 'filled'}
      loading={isPending}
      disabled={wait > 0}
    >
      {wait > 0 ? waitLabel(wait) : children}
    </Button>
  )
}
