import { NumberInput, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'

import { api, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { leadSaved } from './savedLead'

type AssessmentFormProps = { lead: Schemas['LeadDetail']; onDone: () => void }

const HIGHEST_SCORE = 10
const MOST_HOURS = 1_000_000

export function AssessmentForm({ lead, onDone }: AssessmentFormProps) {
  const form = useForm({
    initialValues: {
      summary: lead.summary ?? '',
      complexity_score: lead.complexity_score ?? '',
      estimated_hours: lead.estimated_hours ?? '',
      recommended_package: lead.recommended_package ?? '',
    },
    validate: {
      summary: (summary) => (summary.trim() ? null : 'Say what the client needs.'),
      complexity_score: (score) => (score === '' ? 'Enter a score from 1 to 10.' : null),
      estimated_hours: (hours) => (hours === '' ? 'Enter the hours of work.' : null),
      recommended_package: (name) => (name.trim() ? null : 'Enter a package, such as premium.'),
    },
  })
  const assess = api.useMutation('put', '/v1/leads/{lead_id}/assessment', {
    onSuccess: (saved) => {
      leadSaved(saved, 'Assessment saved')
      onDone()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })

  const submit = (values: typeof form.values) =>
    assess.mutate({
      params: { path: { lead_id: lead.lead_id } },
      body: {
        summary: values.summary.trim(),
        complexity_score: Number(values.complexity_score),
        estimated_hours: Number(values.estimated_hours),
        recommended_package: values.recommended_package.trim(),
      },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <Textarea
          label="Summary"
          required
          autosize
          minRows={4}
          maxRows={14}
          data-autofocus
          {...form.getInputProps('summary')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <NumberInput
            label="Complexity, 1 to 10"
            required
            min={1}
            max={HIGHEST_SCORE}
            allowDecimal={false}
            {...form.getInputProps('complexity_score')}
          />
          <NumberInput
            label="Estimated hours"
            required
            min={1}
            max={MOST_HOURS}
            allowDecimal={false}
            thousandSeparator
            {...form.getInputProps('estimated_hours')}
          />
        </SimpleGrid>
        <TextInput
          label="Package"
          description="Such as basic, standard or premium."
          required
          {...form.getInputProps('recommended_package')}
        />
        <FormError error={assess.error} />
        <FormButtons submit="Save assessment" isPending={assess.isPending} onCancel={onDone} />
      </Stack>
    </form>
  )
}
