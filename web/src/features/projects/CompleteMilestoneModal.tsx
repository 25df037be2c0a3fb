import { Modal, NumberInput, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { projectDetail } from './queries'

type CompleteMilestoneModalProps = {
  project: Schemas['ProjectDetail']
  milestone: Schemas['MilestoneView'] | undefined
  onClose: () => void
}

export function CompleteMilestoneModal(props: CompleteMilestoneModalProps) {
  const { project, milestone, onClose } = props
  const verb = milestone?.completed_at ? 'Invoice' : 'Complete'
  return (
    <Modal
      opened={milestone !== undefined}
      onClose={onClose}
      title={milestone && `${verb} ${milestone.name}`}
    >
      {milestone && (
        <CompleteForm project={project} milestone={milestone} verb={verb} onClose={onClose} />
      )}
    </Modal>
  )
}

type CompleteFormProps = {
  project: Schemas['ProjectDetail']
  milestone: Schemas['MilestoneView']
  verb: string
  onClose: () => void
}

function CompleteForm({ project, milestone, verb, onClose }: CompleteFormProps) {
  const [header] = useState(idempotent)
  const isCompleted = milestone.completed_at !== undefined
  const form = useForm({
    initialValues: {
      trigger_invoice: isCompleted,
      invoice_amount: milestone.amount?.amount ?? '',
      invoice_description: '',
      completion_percentage: project.completion_percentage as number | string,
      next_steps: '',
    },
    validate: {
      invoice_amount: (amount, values) =>
        !values.trigger_invoice || /^\d+(\.\d+)?$/.test(amount.trim())
          ? null
          : 'Enter an amount, such as 15000.00.',
    },
  })
  const complete = api.useMutation('post', '/v1/projects/{project_id}/milestones/complete', {
    onSuccess: async (answer) => {
      queryClient.setQueryData(projectDetail(project.project_id).queryKey, answer.project)
      await Promise.all(
        ['/v1/projects', '/v1/invoices', '/v1/today'].map((path) =>
          queryClient.invalidateQueries({ queryKey: ['get', path] }),
        ),
      )
      const invoice = answer.invoice ? `, ${answer.invoice.number} issued` : ''
      notifyDone(`${milestone.name} completed${invoice}`)
      onClose()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })

  const submit = ({ trigger_invoice, ...values }: typeof form.values) =>
    complete.mutate({
      params: { path: { project_id: project.project_id }, header },
      body: {
        milestone: milestone.name,
        trigger_invoice,
        deliverables_ready: [],
        ...(trigger_invoice && {
          invoice_amount: values.invoice_amount.trim(),
          ...given({ invoice_description: values.invoice_description.trim() || undefined }),
        }),
        ...given({
          completion_percentage:
            typeof values.completion_percentage === 'number'
              ? values.completion_percentage
              : undefined,
          next_steps: values.next_steps.trim() || undefined,
        }),
      },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <Switch
          label="Invoice it"
          description={
            project.external_project_id
              ? 'The invoice system makes the invoice, because the project is linked to it.'
              : 'The invoice is made here, once.'
          }
          disabled={isCompleted}
          {...form.getInputProps('trigger_invoice', { type: 'checkbox' })}
        />
        {form.values.trigger_invoice && (
          <>
            <TextInput
              label="Amount"
              description="In the home currency."
              inputMode="decimal"
              required
              {...form.getInputProps('invoice_amount')}
            />
            <TextInput
              label="Description (optional)"
              placeholder={`${project.name}: ${milestone.name}`}
              {...form.getInputProps('invoice_description')}
            />
          </>
        )}
        {!isCompleted && (
          <>
            <NumberInput
              label="The project is complete to"
              suffix=" %"
              min={0}
              max={100}
              allowDecimal={false}
              {...form.getInputProps('completion_percentage')}
            />
            <Textarea
              label="Next steps (optional)"
              autosize
              minRows={2}
              {...form.getInputProps('next_steps')}
            />
          </>
        )}
        <FormError error={complete.error} />
        <FormButtons submit={verb} isPending={complete.isPending} onCancel={onClose} />
      </Stack>
    </form>
  )
}
