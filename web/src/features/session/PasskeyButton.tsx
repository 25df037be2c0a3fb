import { Alert, Anchor } from '@mantine/core'
import { IconFingerprint, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import { asProblem } from '~/api/problem'
import { ActionButton } from '~/ui/ActionButton'
import { notGiven, placeOf, whyNoPasskeys } from './passkeys'
import { TriesError } from './Tries'

type PasskeyButtonProps = {
  isPending: boolean
  onClick: () => void
  /** As on the pages that are seen without being signed in. */
  size?: 'sm'
  isMain?: boolean
  children: ReactNode
}

export function PasskeyButton({ isPending, onClick, size, isMain, children }: PasskeyButtonProps) {
  return (
    <ActionButton
      variant={isMain ? 'filled' : 'default'}
      leftSection={<IconFingerprint size={16} aria-hidden />}
      fullWidth
      {...(size && { size })}
      reason={whyNoPasskeys()}
      loading={isPending}
      onClick={onClick}
    >
      {children}
    </ActionButton>
  )
}

/** Why a passkey was not taken; where it can only be used elsewhere, the way there. */
export function PasskeyError({ error, wait = 0 }: { error: unknown; wait?: number }) {
  const place = placeOf(error)
  return place ? <Elsewhere origin={place} /> : <TriesError error={inWords(error)} wait={wait} />
}

/** The API's words are about fields that the person does not see. */
function inWords(error: unknown): unknown {
  const [first] = error ? (asProblem(error).errors ?? []) : []
  if (first?.pointer.endsWith('/challenge_token')) {
    return notGiven('It took too long. Try again, and confirm it on your device sooner.')
  }
  const isOfPasskey = first && ['/passkey', '/credential'].includes(first.pointer)
  return isOfPasskey ? notGiven(`The passkey ${first.detail}.`) : error
}

type ElsewhereProps = {
  origin: string
  /** Whether it is said from the start, and not in answer to something. */
  isNote?: boolean
}

/** The same page where passkeys can be used. */
export function Elsewhere({ origin, isNote }: ElsewhereProps) {
  const { pathname, search } = window.location
  return (
    <Alert
      color="brand"
      variant="light"
      icon={<IconInfoCircle size={16} />}
      title="Not at this address"
      role={isNote ? 'note' : 'alert'}
      p="xs"
    >
      Browsers tie passkeys to one address. For this server it is{' '}
      <Anchor href={`${origin}${pathname}${search}`} size="sm" c="inherit" underline="always">
        {origin}
      </Anchor>
      : open it there.
    </Alert>
  )
}
