import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { lazy, Suspense, useState } from 'react'
import { api, type Schemas } from '~/api/api'

import { ConfirmModal } from '~/ui/ConfirmModal'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { notifyDone, notifyProblem } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { BoxSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { RecoveryCodes } from './RecoveryCodes'
import { refreshSession, refreshWithSecondFactor, useSession } from './session'

const AuthenticatorSetup = lazy(() =>
  import('./AuthenticatorSetup').then((module) => ({ default: module.AuthenticatorSetup })),
)

type ShowCodes = (codes: readonly string[]) => void

type AuthenticatorSectionProps = { isInUse: boolean }

export function AuthenticatorSection({ isInUse }: AuthenticatorSectionProps) {
  const [codes, setCodes] = useState<readonly string[]>()
  // Not before the codes were seen: with a second factor another page may take this one's place.
  const closeCodes = () => {
    setCodes(undefined)
    void refreshWithSecondFactor()
  }
  return (
    <Section
      title="Authenticator app"
      aside={
        <StatusBadge
          status={isInUse ? 'active' : 'off'}
          label={isInUse ? 'In use' : 'Not in use'}
        />
      }
      actions={isInUse ? <Remove /> : <SetUp onCodes={setCodes} />}
    >
      <span className="h-muted">
        {isInUse
          ? 'Signing in asks for a code of the app after the password.'
          : 'With one, a password alone does not open your account.'}
      </span>
      <RecoveryCodes codes={codes} onClose={closeCodes} />
    </Section>
  )
}

function SetUp({ onCodes }: { onCodes: ShowCodes }) {
  const [begun, setBegun] = useState<Schemas['BegunTotp']>()
  const begin = api.useMutation('post', '/v1/totp', {
    onSuccess: setBegun,
    onError: notifyProblem,
  })
  const close = () => setBegun(undefined)
  const done: ShowCodes = (codes) => {
    onCodes(codes)
    close()
  }
  return (
    <>
      <Button loading={begin.isPending} onClick={() => begin.mutate({})}>
        Set up
      </Button>
      <DetailDrawer
        isOpen={begun !== undefined}
        onClose={close}
        title="Set up an authenticator app"
      >
        <Suspense fallback={<BoxSkeleton />}>
          {begun && <AuthenticatorSetup begun={begun} onDone={done} onCancel={close} />}
        </Suspense>
      </DetailDrawer>
    </>
  )
}

function Remove() {
  const [isOpen, dialog] = useDisclosure(false)
  const { has_passkey } = useSession().person
  const remove = api.useMutation('delete', '/v1/totp', {
    onSuccess: async () => {
      await refreshSession()
      notifyDone('Authenticator app removed')
    },
  })
  return (
    <>
      <Button variant="default" onClick={dialog.open}>
        Remove
      </Button>
      <ConfirmModal
        isOpen={isOpen}
        onClose={dialog.close}
        title="Remove the authenticator app"
        confirm="Remove"
        onConfirm={() => remove.mutate({})}
        isPending={remove.isPending}
        error={remove.error}
        isDangerous
      >
        {has_passkey
          ? 'Signing in then asks for a passkey or a recovery code after the password.'
          : 'Signing in then asks for the password only. Your recovery codes stop working.'}{' '}
        You are signed out of every other browser.
      </ConfirmModal>
    </>
  )
}
