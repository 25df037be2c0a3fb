import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { Link } from 'react-router'
import { api } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { paths } from '~/lib/paths'
import { FormError } from '~/ui/FormError'
import { EntryCard } from './EntryCard'
import { findSession } from './session'

/** A browser with a session must send its token along, even here. */
export const loader = () =>
  findSession().then(
    () => null,
    () => null,
  )

export default function ForgotPasswordPage() {
  const form = useForm({
    initialValues: { email: '' },
    validate: { email: (email) => (email.includes('@') ? null : 'Enter your e-mail address.') },
  })
  const request = api.useMutation('post', '/v1/password-reset', {
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })

  return (
    <EntryCard title="Choose a new password">
      {request.data ? (
        <Text size="sm" role="status">
          If {form.values.email} has an account, a link is on its way. It is valid for{' '}
          {request.data.valid_minutes} minutes. If nothing comes, ask an owner of your tenant: links
          go out through its own e-mail connection.
        </Text>
      ) : (
        <form onSubmit={form.onSubmit((body) => request.mutate({ body }))} noValidate>
          <Stack gap="sm">
            <Text size="sm">We send a link to your e-mail address.</Text>
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              autoFocus
              size="sm"
              {...form.getInputProps('email')}
            />
            <FormError error={request.error} />
            <Button type="submit" size="sm" fullWidth loading={request.isPending}>
              Send the link
            </Button>
          </Stack>
        </form>
      )}
      <Text size="sm" ta="center" mt="sm">
        <Anchor component={Link} to={paths.signIn()} size="sm">
          Back to sign in
        </Anchor>
      </Text>
    </EntryCard>
  )
}
