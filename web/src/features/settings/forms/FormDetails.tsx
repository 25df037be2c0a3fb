import { SimpleGrid, Stack, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { useMay } from '~/features/session/may'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { formsChanged } from './queries'

const ORIGINS_MAX = 20

export function FormDetails({ form: known }: { form: Schemas['IntakeForm'] }) {
  const may = useMay('write:forms')
  const [header] = useState(idempotent)
  const { title, introduction, thank_you, source, assigned_to = '', allowed_origins } = known
  const form = useForm({
    initialValues: { title, introduction, thank_you, source, assigned_to, allowed_origins },
    validate: {
      title: (text) => (text.trim() ? null : 'Enter a title.'),
      source: (text) => (text.trim() ? null : 'Enter a source.'),
    },
  })
  const update = api.useMutation('patch', '/v1/intake-forms/{form_id}', {
    onSuccess: async () => {
      await formsChanged()
      notifyDone('Form saved')
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ assigned_to: to, ...texts }: typeof form.values) =>
    update.mutate({
      params: { path: { form_id: known.form_id }, header },
      body: { ...texts, ...given({ assigned_to: to.trim() || undefined }) },
    })
  return (
    <Section title="Details">
      <form onSubmit={form.onSubmit(submit)} noValidate>
        <Stack gap="sm">
          <TextInput label="Title" required maxLength={120} {...form.getInputProps('title')} />
          <Textarea
            label="Introduction"
            description="Stands above the questions."
            autosize
            minRows={2}
            maxLength={2_000}
            {...form.getInputProps('introduction')}
          />
          <Textarea
            label="Thank you"
            description="Is said after a submission."
            autosize
            minRows={2}
            maxLength={2_000}
            {...form.getInputProps('thank_you')}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <TextInput
              label="Source"
              description="What leads from this form carry."
              required
              maxLength={120}
              {...form.getInputProps('source')}
            />
            <TextInput
              label="Assigned to"
              description="Who takes care of these leads."
              maxLength={120}
              {...form.getInputProps('assigned_to')}
            />
          </SimpleGrid>
          <TagsInput
            label="Sites that may embed it"
            description="Such as https://studio.example. Type one and press Enter."
            maxTags={ORIGINS_MAX}
            acceptValueOnBlur
            {...form.getInputProps('allowed_origins')}
          />
          <FormError error={update.error} />
          <FormButtons
            submit="Save details"
            isPending={update.isPending}
            reason={may.reason ?? (form.isDirty() ? undefined : 'Nothing was changed.')}
          />
        </Stack>
      </form>
    </Section>
  )
}
