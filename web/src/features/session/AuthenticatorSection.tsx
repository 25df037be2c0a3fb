import { Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { lazy, Suspense, useState } from 'react'
import { api, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'

import { ConfirmModal } from '~/ui/ConfirmModal'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { notifyDone, notifyProblem } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { BoxSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { RecoveryCodes } from './RecoveryCodes'
import { refreshSession } from './session'

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
    // What was refused for want of a second factor is asked again.
    queryClient.removeQueries({ predicate: ({ state }) => state.status === 'error' })
    void refreshSession()
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
      actions={!isInUse && <SetUp onCodes={setCodes} />}
    >
      <span className="h-muted">
        {isInUse
          ? 'Signing in asks for a code of the app after the password.'
          : 'With one, a password alone does not open your account.'}
      </span>
      {isInUse && <InUseActions onCodes={setCodes} />}
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

function InUseActions({ onCodes }: { onCodes: ShowCodes }) {
  const [isRenewing, renewing] = useDisclosure(false)
  const [isRemoving, removing] = useDisclosure(false)
  const renew = api.useMutation('post', '/v1/recovery-codes', {
    onSuccess: ({ recovery_codes }) => {
      onCodes(recovery_codes)
      renewing.close()
    },
  })
  const remove = api.useMutation('delete', '/v1/totp', {
    onSuccess: async () => {
      await refreshSession()
      notifyDone('Authenticator app removed')
    },
  })
  return (
    <>
      <Group gap="xs" mt="sm">
        <Button variant="default" onClick={renewing.open}>
          New recovery codes
        </Button>
        <Button variant="default" onClick={removing.open}>
          Remove
        </Button>
      </Group>
      <ConfirmModal
        isOpen={isRenewing}
        onClose={renewing.close}
        title="Make new recovery codes"
        confirm="Make new codes"
        onConfirm={() => renew.mutate({})}
        isPending={renew.isPending}
        error={renew.error}
      >
        Those you have now stop working.
      </ConfirmModal>
      <ConfirmModal
        isOpen={isRemoving}
        onClose={removing.close}
        title="Remove the authenticator app"
        confirm="Remove"
        onConfirm={() => remove.mutate({})}
        isPending={remove.isPending}
        error={remove.error}
        isDangerous
      >
        Signing in then asks for the password only. Your recovery codes stop working, and you are
        signed out of every other browser.
      </ConfirmModal>
    </>
  )
}
