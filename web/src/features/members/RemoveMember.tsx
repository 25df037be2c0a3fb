import { api, idempotent } from '~/api/api'
import { enter } from '~/features/session/otherTabs'
import { useSession } from '~/features/session/session'
import { paths } from '~/lib/paths'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { notifyDone } from '~/ui/notify'
import { type Member, membersChanged } from './queries'

type RemoveMemberProps = { member: Member | undefined; onClose: () => void }

export function RemoveMember({ member, onClose }: RemoveMemberProps) {
  const { person, tenant } = useSession()
  const isYou = member?.person_id === person.person_id
  const remove = api.useMutation('delete', '/v1/members/{person_id}', {
    onSuccess: async () => {
      if (isYou) return enter(paths.today())
      await membersChanged()
      notifyDone('Member removed')
      onClose()
    },
  })
  return (
    <ConfirmModal
      isOpen={member !== undefined}
      onClose={() => {
        remove.reset()
        onClose()
      }}
      title={isYou ? `Leave ${tenant?.name ?? ''}` : `Remove ${member?.name ?? ''}`}
      confirm={isYou ? 'Leave tenant' : 'Remove member'}
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (!member) return
        const path = { person_id: member.person_id }
        remove.mutate({ params: { path, header: idempotent() } })
      }}
    >
      {isYou
        ? 'You lose access at once, and come back only when somebody invites you.'
        : `${member?.name ?? ''} loses access within seconds. What they did stays in the audit log.`}
    </ConfirmModal>
  )
}
