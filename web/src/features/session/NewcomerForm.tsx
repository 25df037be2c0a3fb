import { PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { paths } from '~/lib/paths'
import { FormError } from '~/ui/FormError'
import { AccountHint } from './AccountHint'
import { checkNewPassword, keptInvitation } from './linkToken'
import { enter } from './otherTabs'
import { SubmitButton } from './Tries'

type NewcomerFormProps = { token: string; email: string }

/** Accepts an invitation of somebody who has no account yet. */
export function NewcomerForm({ token, email }: NewcomerFormProps) {
  const form = useForm({
    initialValues: { name: '', password: '' },
    validate: {
      name: (name) => (name.trim() ? null : 'Enter your name.'),
      password: checkNewPassword,
    },
  })
  const accept = api.useMutation('post', '/v1/invitations/acceptance', {
    onSuccess: () => {
      keptInvitation.forget()
      enter(paths.today())
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ name, password }: typeof form.values) =>
    accept.mutate({ body: { token, name: name.trim(), password } })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <AccountHint email={email} />
        <TextInput
          label="Your name"
          autoComplete="name"
          autoFocus
          size="sm"
          maxLength={120}
          {...form.getInputProps('name')}
        />
        <PasswordInput
          label="Password"
          description="At least 12 characters. A few words in a row are good."
          autoComplete="new-password"
          size="sm"
          {...form.getInputProps('password')}
        />
        <FormError error={Object.keys(form.errors).length > 0 ? undefined : accept.error} />
        <SubmitButton isPending={accept.isPending || accept.isSuccess}>
          Create account and join
        </SubmitButton>
      </Stack>
    </form>
  )
}
