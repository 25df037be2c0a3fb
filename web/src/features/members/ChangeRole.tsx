import { Modal, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { refreshSession, useSession } from '~/features/session/session'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { type Member, membersChanged } from './queries'
import { RoleChoice } from './RoleChoice'

type ChangeRoleProps = { member: Member | undefined; onClose: () => void }

export function ChangeRole({ member, onClose }: ChangeRoleProps) {
  return (
    <Modal opened={member !== undefined} onClose={onClose} title={`Role of ${member?.name ?? ''}`}>
      {member && <RoleForm member={member} onClose={onClose} />}
    </Modal>
  )
}

function RoleForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const { person } = useSession()
  const [header] = useState(idempotent)
  const form = useForm({ initialValues: { role: member.role } })
  const update = api.useMutation('patch', '/v1/members/{person_id}', {
    onSuccess: async ({ person_id }) => {
      await Promise.all([membersChanged(), person_id === person.person_id && refreshSession()])
      notifyDone('Role changed')
      onClose()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = (body: typeof form.values) =>
    update.mutate({ params: { path: { person_id: member.person_id }, header }, body })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <RoleChoice {...form.getInputProps('role')} />
        <FormError error={update.error} />
        <FormButtons
          submit="Change role"
          isPending={update.isPending}
          onCancel={onClose}
          reason={form.isDirty() ? undefined : 'This is the role now.'}
        />
      </Stack>
    </form>
  )
}
