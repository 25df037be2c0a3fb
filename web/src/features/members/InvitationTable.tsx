import { IconMail } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { useMay } from '~/features/session/may'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { invitationColumns } from './columns'
import { type Invitation, invitationList, invitationsChanged } from './queries'

/** Invitations that wait to be accepted. */
export function InvitationTable() {
  const { data: invitations } = useSuspenseQuery(invitationList())
  const may = useMay('write:members')
  const [revoked, setRevoked] = useState<Invitation>()
  const close = () => {
    revoke.reset()
    setRevoked(undefined)
  }
  const revoke = api.useMutation('delete', '/v1/invitations/{invitation_id}', {
    onSuccess: async () => {
      setRevoked(undefined)
      await invitationsChanged()
      notifyDone('Invitation revoked')
    },
  })

  return (
    <Section title="Open invitations" aside={invitations.items.length || undefined} isFlush>
      <DataTable
        label="Open invitations"
        rows={invitations.items}
        columns={invitationColumns({ reason: may.reason, onRevoke: setRevoked })}
        rowKey={({ invitation_id }) => invitation_id}
        empty={<NoInvitations />}
      />
      <ConfirmModal
        isOpen={revoked !== undefined}
        onClose={close}
        title="Revoke the invitation"
        confirm="Revoke invitation"
        isDangerous
        isPending={revoke.isPending}
        error={revoke.error}
        onConfirm={() => {
          if (!revoked) return
          const path = { invitation_id: revoked.invitation_id }
          revoke.mutate({ params: { path, header: idempotent() } })
        }}
      >
        The link that {revoked?.email} has opens nothing from then on.
      </ConfirmModal>
    </Section>
  )
}

function NoInvitations() {
  return (
    <EmptyState
      icon={IconMail}
      title="No open invitations"
      body="They are listed until they are accepted."
    />
  )
}
