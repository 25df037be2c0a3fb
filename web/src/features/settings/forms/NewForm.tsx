import { Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { formsChanged } from './queries'

type NewFormProps = { onDone: (formId: string) => void; onCancel: () => void }

export function NewForm({ onDone, onCancel }: NewFormProps) {
  const [header] = useState(idempotent)
  const form = useForm({
    initialValues: { title: '', introduction: '' },
    validate: { title: (title) => (title.trim() ? null : 'Enter a title.') },
  })
  const create = api.useMutation('post', '/v1/intake-forms', {
    onSuccess: async ({ form_id }) => {
      await formsChanged()
      notifyDone('Form created. It can be filled in now')
      onDone(form_id)
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ title, introduction }: typeof form.values) =>
    create.mutate({
      params: { header },
      body: {
        title: title.trim(),
        allowed_origins: [],
        ...given({ introduction: introduction.trim() || undefined }),
      },
    })
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Title"
          placeholder="Tell us about your project"
          required
          maxLength={120}
          data-autofocus
          {...form.getInputProps('title')}
        />
        <Textarea
          label="Introduction"
          description="Stands above the questions."
          autosize
          minRows={3}
          maxLength={2_000}
          {...form.getInputProps('introduction')}
        />
        <div className="h-muted">
          It begins with the questions of an intake; change them on the next page.
        </div>
        <FormError error={create.error} />
        <FormButtons submit="Create form" isPending={create.isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}
