import { Button, PasswordInput, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { api } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { FormButtons } from '~/ui/FormButtons'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { AccountHint } from './AccountHint'
import { checkNewPassword } from './linkToken'
import { refreshSession, useSession } from './session'
import { TriesError, useWait, waitLabel } from './Tries'

type PasswordSectionProps = { hasPassword: boolean }

export function PasswordSection({ hasPassword }: PasswordSectionProps) {
  const [isOpen, drawer] = useDisclosure(false)
  return (
    <Section
      title="Password"
      actions={
        hasPassword && (
          <Button variant="default" onClick={drawer.open}>
            Change
          </Button>
        )
      }
    >
      <span className="h-muted">
        {hasPassword
          ? 'Changing it signs you out of every other browser.'
          : 'None is set. Use “Forgot your password?” on the sign-in page to choose one.'}
      </span>
      <DetailDrawer isOpen={isOpen} onClose={drawer.close} title="Change your password">
        <PasswordForm onDone={drawer.close} />
      </DetailDrawer>
    </Section>
  )
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const { person } = useSession()
  const form = useForm({
    initialValues: { current_password: '', new_password: '' },
    validate: {
      current_password: (password) => (password ? null : 'Enter your current password.'),
      new_password: checkNewPassword,
    },
  })
  const change = api.useMutation('put', '/v1/password', {
    onSuccess: async () => {
      await refreshSession()
      notifyDone('Password changed')
      onDone()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const wait = useWait(change.error)
  const submit = (body: typeof form.values) => {
    if (wait === 0) change.mutate({ body })
  }

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <AccountHint email={person.email} />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          data-autofocus
          {...form.getInputProps('current_password')}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          {...form.getInputProps('new_password')}
        />
        <TriesError
          error={Object.keys(form.errors).length > 0 ? undefined : change.error}
          wait={wait}
        />
        <FormButtons
          submit="Change password"
          isPending={change.isPending}
          onCancel={onDone}
          reason={wait > 0 ? `${waitLabel(wait)}.` : undefined}
        />
      </Stack>
    </form>
  )
}
