import { Stack, TextInput } from '@mantine/core'
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

type StatusFormProps = { project: Schemas['ProjectDetail']; onDone: () => void }

/** Only what was changed is sent; what others were told before stays as it is. */
export function StatusForm({ project, onDone }: StatusFormProps) {
  const [header] = useState(idempotent)
  const before = {
    status: project.status,
    payment_status: project.payment_status ?? '',
    amount_paid: project.amount_paid?.amount ?? '',
    next_milestone: project.next_milestone ?? '',
  }
  const form = useForm({
    initialValues: before,
    validate: {
      status: (status) => (status.trim() ? null : 'Enter a status, such as in_progress.'),
      amount_paid: (amount) =>
        amount === '' || /^\d+(\.\d+)?$/.test(amount.trim())
          ? null
          : 'Enter an amount, such as 15000.00.',
    },
  })
  const change = api.useMutation('patch', '/v1/projects/{project_id}/status', {
    onSuccess: async ({ applied }) => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: projectDetail(project.project_id).queryKey }),
        queryClient.invalidateQueries({ queryKey: ['get', '/v1/projects'] }),
      ])
      notifyDone(applied ? 'Status updated' : 'Something newer was applied before')
      onDone()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })

  const submit = (values: typeof before) => {
    const changed = (name: keyof typeof before) => {
      const value = values[name].trim()
      return value && value !== before[name] ? value : undefined
    }
    change.mutate({
      params: { path: { project_id: project.project_id }, header },
      body: given({
        status: changed('status'),
        payment_status: changed('payment_status'),
        amount_paid: changed('amount_paid'),
        next_milestone: changed('next_milestone'),
      }),
    })
  }

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Status"
          description="Such as contract_signed. Others are told of the change."
          required
          data-autofocus
          {...form.getInputProps('status')}
        />
        <TextInput
          label="Payment status"
          description="Such as deposit_received."
          {...form.getInputProps('payment_status')}
        />
        <TextInput
          label="Paid so far"
          description="All of it, in the home currency."
          inputMode="decimal"
          {...form.getInputProps('amount_paid')}
        />
        <TextInput label="Next milestone" {...form.getInputProps('next_milestone')} />
        <FormError error={change.error} />
        <FormButtons
          submit="Update"
          isPending={change.isPending}
          onCancel={onDone}
          reason={form.isDirty() ? undefined : 'Nothing was changed.'}
        />
      </Stack>
    </form>
  )
}
