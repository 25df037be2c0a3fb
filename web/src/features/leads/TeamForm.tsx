import { Stack, TagsInput } from '@mantine/core'
import { useForm } from '@mantine/form'

import { api, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { leadSaved } from './savedLead'

type TeamFormProps = { lead: Schemas['LeadDetail']; onDone: () => void }

const MOST_MEMBERS = 50

export function TeamForm({ lead, onDone }: TeamFormProps) {
  const form = useForm({ initialValues: { assigned_team: lead.assigned_team } })
  const update = api.useMutation('patch', '/v1/leads/{lead_id}', {
    onSuccess: (saved) => {
      leadSaved(saved, 'Team changed')
      onDone()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = (body: typeof form.values) =>
    update.mutate({ params: { path: { lead_id: lead.lead_id } }, body })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <TagsInput
          label="Who works on it"
          description="Names or handles, such as designer_jane. Press Enter after each."
          maxTags={MOST_MEMBERS}
          data-autofocus
          {...form.getInputProps('assigned_team')}
        />
        <FormError error={update.error} />
        <FormButtons submit="Save team" isPending={update.isPending} onCancel={onDone} />
      </Stack>
    </form>
  )
}
