import { Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { api, type Schemas } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { browserName } from './browserName'
import { PasskeyError } from './PasskeyButton'
import { addPasskey } from './passkeys'

const NAME_MAX = 120

const validate = {
  name: (name: string) => {
    if (!name.trim()) return 'Enter a name to know it by.'
    return name.trim().length > NAME_MAX ? `Use at most ${NAME_MAX} characters.` : null
  },
}

type AddPasskeyFormProps = {
  onDone: (added: Schemas['AddedPasskey']) => Promise<void>
  onCancel: () => void
}

export function AddPasskeyForm({ onDone, onCancel }: AddPasskeyFormProps) {
  const form = useForm({
    initialValues: { name: browserName(window.navigator.userAgent) },
    validate,
  })
  const add = useMutation({
    mutationFn: addPasskey,
    onSuccess: onDone,
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  return (
    <form onSubmit={form.onSubmit(({ name }) => add.mutate(name))} noValidate>
      <Stack gap="sm">
        <Text size="sm">
          Your browser asks where to keep it: on this device, in a password manager, on your phone
          or on a security key.
        </Text>
        <TextInput
          label="Name"
          description="To know it by in this list."
          data-autofocus
          {...form.getInputProps('name')}
        />
        <PasskeyError error={form.errors.name ? undefined : add.error} />
        <FormButtons submit="Create the passkey" isPending={add.isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

type RenamePasskeyFormProps = {
  passkey: Schemas['PasskeyView']
  onDone: () => Promise<void>
  onCancel: () => void
}

export function RenamePasskeyForm({ passkey, onDone, onCancel }: RenamePasskeyFormProps) {
  const form = useForm({ initialValues: { name: passkey.name }, validate })
  const rename = api.useMutation('patch', '/v1/passkeys/{passkey_id}', {
    onSuccess: onDone,
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const path = { passkey_id: passkey.passkey_id }
  return (
    <form onSubmit={form.onSubmit((body) => rename.mutate({ params: { path }, body }))} noValidate>
      <Stack gap="sm">
        <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
        <FormError error={form.errors.name ? undefined : rename.error} />
        <FormButtons submit="Rename" isPending={rename.isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}
