import { Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { refreshSession } from './session'

/** What colleagues call the person. */
export function NameSection({ name }: { name: string }) {
  return (
    <Section title="Your name">
      <NameForm key={name} name={name} />
    </Section>
  )
}

function NameForm({ name }: { name: string }) {
  const form = useForm({
    initialValues: { name },
    validate: { name: (value) => (value.trim() ? null : 'Enter a name.') },
  })
  const update = api.useMutation('patch', '/v1/person', {
    onSuccess: async () => {
      await refreshSession()
      void queryClient.invalidateQueries({ queryKey: ['get', '/v1/members'] })
      notifyDone('Name changed')
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  return (
    <form onSubmit={form.onSubmit((body) => update.mutate({ body }))} noValidate>
      <Stack gap="sm" maw="26rem">
        <TextInput
          aria-label="Your name"
          autoComplete="name"
          maxLength={120}
          {...form.getInputProps('name')}
        />
        <FormError error={form.errors.name ? undefined : update.error} />
        <FormButtons
          submit="Save name"
          isPending={update.isPending}
          reason={form.isDirty() ? undefined : 'This is the name now.'}
        />
      </Stack>
    </form>
  )
}
