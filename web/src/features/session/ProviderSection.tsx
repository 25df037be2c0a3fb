import { Button, Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Schemas } from '~/api/api'

import { queryClient } from '~/api/queryClient'
import { paths } from '~/lib/paths'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { ProviderButton, ProviderReturn } from './ProviderButton'
import { useProviderName } from './provider'
import { refreshSession } from './session'

/** The account at the provider by which one signs in here; nothing where there is no provider. */
export function ProviderSection() {
  const name = useProviderName()
  if (!name) return null
  return <Connection name={name} />
}

function Connection({ name }: { name: string }) {
  const { data } = useSuspenseQuery(api.queryOptions('get', '/v1/external-identities'))
  const identity = data.items.find(({ is_usable }) => is_usable)
  return (
    <Section
      title={name}
      aside={
        <StatusBadge
          status={identity ? 'active' : 'off'}
          label={identity ? 'Connected' : 'Not connected'}
        />
      }
      actions={
        identity ? (
          <Disconnect name={name} identity={identity} />
        ) : (
          <ProviderButton
            begin={{ purpose: 'connect', return_to: paths.account() }}
            verb="Connect"
          />
        )
      }
    >
      <Stack gap="sm">
        <ProviderReturn />
        <span className="h-muted">
          {identity ? (
            <>
              As {identity.email}, since <Time at={identity.connected_at} />. You may sign in with
              it instead of your password.
            </>
          ) : (
            `Connect it to sign in without your password. Your e-mail address there must be the same and verified.`
          )}
        </span>
      </Stack>
    </Section>
  )
}

type DisconnectProps = { name: string; identity: Schemas['ExternalIdentityView'] }

function Disconnect({ name, identity }: DisconnectProps) {
  const [isOpen, setIsOpen] = useState(false)
  const { external_identity_id } = identity
  const disconnect = api.useMutation('delete', '/v1/external-identities/{external_identity_id}', {
    onSuccess: async () => {
      await refreshSession()
      await queryClient.invalidateQueries({ queryKey: ['get', '/v1/external-identities'] })
      notifyDone(`${name} disconnected`)
    },
  })
  return (
    <>
      <Button variant="default" onClick={() => setIsOpen(true)}>
        Disconnect
      </Button>
      <ConfirmModal
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        title={`Disconnect ${name}`}
        confirm="Disconnect"
        onConfirm={() => disconnect.mutate({ params: { path: { external_identity_id } } })}
        isPending={disconnect.isPending}
        error={disconnect.error}
        isDangerous
      >
        {name} does not sign you in any more, and you are signed out of every other browser.
      </ConfirmModal>
    </>
  )
}
