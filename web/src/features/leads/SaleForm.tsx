import { Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { useSession } from '~/features/session/session'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { leadSaved } from './savedLead'

type SaleFormProps = { lead: Schemas['LeadDetail']; onDone: () => void }

const AMOUNT = /^(0|[1-9]\d{0,14})(\.\d+)?$/

export function SaleForm({ lead, onDone }: SaleFormProps) {
  const [header] = useState(idempotent)
  const { tenant } = useSession()
  const form = useForm({
    initialValues: {
      status: lead.sales_status ?? '',
      payment_status: lead.payment_status ?? '',
      amount_paid: lead.amount_paid?.amount ?? '',
      next_milestone: lead.next_milestone ?? '',
    },
    validate: {
      amount_paid: (amount) =>
        amount === '' || AMOUNT.test(amount) ? null : 'Enter an amount such as 15000.00.',
    },
  })
  const change = api.useMutation('patch', '/v1/leads/{lead_id}/status', {
    onSuccess: (saved) => {
      leadSaved(saved, 'Sale updated')
      onDone()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })

  // What was not touched is left out, because a change is told to other systems.
  const submit = (values: typeof form.values) => {
    const changed = (field: keyof typeof values) =>
      form.isDirty(field) && values[field].trim() ? values[field].trim() : undefined
    change.mutate({
      params: { path: { lead_id: lead.lead_id }, header },
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
          description="Such as proposal_sent or contract_signed, which move the client on."
          data-autofocus
          {...form.getInputProps('status')}
        />
        <TextInput
          label="Payment"
          description="Such as deposit_received."
          {...form.getInputProps('payment_status')}
        />
        <TextInput
          label={`Paid so far, in ${tenant?.home_currency}`}
          inputMode="decimal"
          {...form.getInputProps('amount_paid')}
        />
        <TextInput label="Next milestone" {...form.getInputProps('next_milestone')} />
        <FormError error={change.error} />
        <FormButtons
          submit="Update sale"
          isPending={change.isPending}
          reason={form.isDirty() ? undefined : 'Nothing is changed yet.'}
          onCancel={onDone}
        />
      </Stack>
    </form>
  )
}
