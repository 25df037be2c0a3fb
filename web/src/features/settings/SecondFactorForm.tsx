import { Radio, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { refreshSession } from '~/features/session/session'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { tenant } from './queries'

type SecondFactorFor = Schemas['SecondFactorFor']

const CHOICES: readonly { value: SecondFactorFor; label: string; means: string }[] = [
  {
    value: 'everybody',
    label: 'Everybody',
    means: 'Whoever has none sets one up when they come next.',
  },
  {
    value: 'administrators',
    label: 'Administrators',
    means: 'Whose role reaches members, tokens, connections or the tenant itself.',
  },
  { value: 'nobody', label: 'Nobody', means: 'Each decides for themselves.' },
]

/** Whom the tenant lets in with a second factor only. */
export function SecondFactorForm({ secondFactorFor }: { secondFactorFor: SecondFactorFor }) {
  const may = useMay('write:tenant')
  const [header] = useState(idempotent)
  const form = useForm({ initialValues: { second_factor_for: secondFactorFor } })
  const update = api.useMutation('put', '/v1/tenant/second-factor', {
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: tenant().queryKey })
      notifyDone('Second factor saved')
      void refreshSession()
    },
  })
  return (
    <form
      onSubmit={form.onSubmit((body) => update.mutate({ params: { header }, body }))}
      noValidate
    >
      <Stack gap="sm">
        <Radio.Group
          label="Who needs one to sign in"
          description="An authenticator app or the like, besides the password. API tokens are not asked."
          {...form.getInputProps('second_factor_for')}
        >
          <Stack gap="xs" mt={6}>
            {CHOICES.map(({ value, label, means }) => (
              <Radio
                key={value}
                value={value}
                label={label}
                description={means}
                disabled={!may.allowed}
              />
            ))}
          </Stack>
        </Radio.Group>
        <FormError error={update.error} />
        <FormButtons
          submit="Save"
          isPending={update.isPending}
          reason={may.reason ?? (form.isDirty() ? undefined : 'Nothing was changed.')}
        />
      </Stack>
    </form>
  )
}
