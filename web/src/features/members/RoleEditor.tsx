import { Checkbox, Fieldset, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { type Permission, useMay } from '~/features/session/may'
import { refreshSession, useSession } from '~/features/session/session'
import { humanize } from '~/lib/format'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { type Role, roleList, rolesChanged } from './queries'
import { type Area, areasOf, roleName } from './roles'

type RoleEditorProps = {
  isOpen: boolean
  /** The role to change; a new one is made without it. */
  role: Role | undefined
  onClose: () => void
}

export function RoleEditor({ isOpen, role, onClose }: RoleEditorProps) {
  return (
    <DetailDrawer
      isOpen={isOpen}
      onClose={onClose}
      title={role ? `Role ${humanize(role.name)}` : 'New role'}
    >
      {isOpen && <RoleForm role={role} onDone={onClose} />}
    </DetailDrawer>
  )
}

type RoleFields = { name: string; description: string; permissions: Permission[] }

function RoleForm({ role, onDone }: { role: Role | undefined; onDone: () => void }) {
  const { data } = useSuspenseQuery(roleList())
  const { role: ownRole } = useSession()
  const may = useMay('write:members')
  const [header] = useState(idempotent)
  const isTaken = (name: string) => !role && data.items.some((other) => other.name === name)
  const form = useForm<RoleFields>({
    initialValues: {
      name: role ? humanize(role.name) : '',
      description: role?.description ?? '',
      permissions: (role?.permissions ?? []).filter((permission) => permission !== 'read:self'),
    },
    validate: {
      name: (text) => {
        const name = roleName(text)
        if (name.length < 2) return 'Enter a name of at least two letters.'
        return isTaken(name) ? `There is a role ${name} already.` : null
      },
      permissions: (held) => (held.length > 0 ? null : 'Choose at least one thing.'),
    },
  })
  const save = api.useMutation('put', '/v1/roles/{name}', {
    onSuccess: async ({ name }) => {
      await Promise.all([rolesChanged(), name === ownRole && refreshSession()])
      notifyDone(role ? 'Role changed' : 'Role made')
      onDone()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ name, description, permissions }: RoleFields) =>
    save.mutate({
      params: { path: { name: role?.name ?? roleName(name) }, header },
      body: { permissions, ...(description.trim() && { description: description.trim() }) },
    })
  const saved = roleName(form.values.name)

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        {!role && (
          <TextInput
            label="Name"
            description={saved ? `Programs know it as ${saved}.` : 'Such as Sales director.'}
            maxLength={40}
            data-autofocus
            {...form.getInputProps('name')}
          />
        )}
        <Textarea
          label="Whom it is for"
          autosize
          minRows={1}
          maxLength={500}
          {...form.getInputProps('description')}
        />
        <Checkbox.Group label="What it permits" {...form.getInputProps('permissions')}>
          <Stack gap="sm" mt={6}>
            {areasOf(data.permissions.map(({ permission }) => permission)).map((area) => (
              <AreaChoice key={area.area} area={area} />
            ))}
          </Stack>
        </Checkbox.Group>
        <FormError error={save.error} />
        <FormButtons
          submit={role ? 'Save role' : 'Make role'}
          isPending={save.isPending}
          onCancel={onDone}
          reason={may.reason ?? (form.isDirty() ? undefined : 'Nothing was changed.')}
        />
      </Stack>
    </form>
  )
}

/** What can be done in one area. What one may not do oneself cannot be handed out. */
function AreaChoice({ area: { title, permissions } }: { area: Area }) {
  const { permissions: own } = useSession()
  const { data } = useSuspenseQuery(roleList())
  const meaningOf = (wanted: Permission) =>
    data.permissions.find(({ permission }) => permission === wanted)?.means ?? ''
  return (
    <Fieldset legend={title} p="xs">
      <Stack gap={6}>
        {permissions.map((permission) => (
          <Checkbox
            key={permission}
            value={permission}
            label={meaningOf(permission)}
            description={own.includes(permission) ? undefined : 'You may not do this yourself.'}
            disabled={!own.includes(permission)}
          />
        ))}
      </Stack>
    </Fieldset>
  )
}
