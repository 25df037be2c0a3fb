import { api, idempotent } from '~/api/api'
import { humanize } from '~/lib/format'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { notifyDone } from '~/ui/notify'
import { type Role, rolesChanged } from './queries'

export function DeleteRole({ role, onClose }: { role: Role | undefined; onClose: () => void }) {
  const remove = api.useMutation('delete', '/v1/roles/{name}', {
    onSuccess: async () => {
      await rolesChanged()
      notifyDone('Role deleted')
      onClose()
    },
  })
  return (
    <ConfirmModal
      isOpen={role !== undefined}
      onClose={() => {
        remove.reset()
        onClose()
      }}
      title={`Delete the role ${humanize(role?.name ?? '')}`}
      confirm="Delete role"
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (role) remove.mutate({ params: { path: { name: role.name }, header: idempotent() } })
      }}
    >
      Nobody has it now, and nobody can be given it any more.
    </ConfirmModal>
  )
}
