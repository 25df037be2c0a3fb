import { Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api, type Schemas } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { CopyButton } from '~/ui/CopyButton'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { QrCode } from './QrCode'

type AuthenticatorSetupProps = {
  begun: Schemas['BegunTotp']
  onDone: (recoveryCodes: readonly string[]) => void
  onCancel: () => void
}

export function AuthenticatorSetup({ begun, onDone, onCancel }: AuthenticatorSetupProps) {
  const form = useForm({
    initialValues: { code: '' },
    validate: {
      code: (code) => (/^\d{6}$/.test(plain(code)) ? null : 'Enter the six digits.'),
    },
  })
  const confirm = api.useMutation('put', '/v1/totp', {
    onSuccess: ({ recovery_codes }) => onDone(recovery_codes),
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  return (
    <form
      onSubmit={form.onSubmit(({ code }) => confirm.mutate({ body: { code: plain(code) } }))}
      noValidate
    >
      <Stack gap="sm">
        <Text size="sm">Scan this with the app, or type the key into it.</Text>
        <QrCode text={begun.uri} label="Key for the authenticator app" />
        <Text size="sm" component="div">
          <code className="h-mono">{inGroups(begun.secret)}</code>{' '}
          <CopyButton value={begun.secret} label="Copy key" />
        </Text>
        <TextInput
          label="The code it shows now"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          data-autofocus
          {...form.getInputProps('code')}
        />
        <FormError error={form.errors.code ? undefined : confirm.error} />
        <FormButtons submit="Use the app" isPending={confirm.isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

/** Four letters at a time, as one types them. */
function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ')
}

function plain(code: string): string {
  return code.replace(/\s/g, '')
}
