import { Anchor, Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { Link } from 'react-router'
import { api } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { paths } from '~/lib/paths'
import { FormError } from '~/ui/FormError'
import { EntryCard } from './EntryCard'
import { checkNewPassword, useLinkToken } from './linkToken'
import { findSession } from './session'

/** A browser with a session must send its token along, even here. */
export const loader = () =>
  findSession().then(
    () => null,
    () => null,
  )

export default function ResetPasswordPage() {
  const token = useLinkToken()
  return (
    <EntryCard title="Choose a new password">
      {token ? <NewPassword token={token} /> : <Incomplete />}
    </EntryCard>
  )
}

function Incomplete() {
  return (
    <Stack gap="sm">
      <Text size="sm">
        The link is not complete. Open it from the e-mail, or have another one sent.
      </Text>
      <Button component={Link} to={paths.forgotPassword()} variant="default" size="sm" fullWidth>
        Send another link
      </Button>
    </Stack>
  )
}

function NewPassword({ token }: { token: string }) {
  const form = useForm({
    initialValues: { new_password: '' },
    validate: { new_password: checkNewPassword },
  })
  const reset = api.useMutation('put', '/v1/password-reset', {
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })

  if (reset.isSuccess) {
    return (
      <Stack gap="sm">
        <Text size="sm" role="status">
          Your password is changed, and you are signed out everywhere.
        </Text>
        <Button component="a" href={paths.signIn()} size="sm" fullWidth>
          Sign in
        </Button>
      </Stack>
    )
  }
  return (
    <form
      onSubmit={form.onSubmit((values) => reset.mutate({ body: { token, ...values } }))}
      noValidate
    >
      <Stack gap="sm">
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          autoFocus
          size="sm"
          {...form.getInputProps('new_password')}
        />
        <FormError error={reset.error} />
        <Button type="submit" size="sm" fullWidth loading={reset.isPending}>
          Change password
        </Button>
        {reset.error?.code === 'link-expired' && (
          <Anchor component={Link} to={paths.forgotPassword()} size="sm" ta="center">
            Send another link
          </Anchor>
        )}
      </Stack>
    </form>
  )
}
