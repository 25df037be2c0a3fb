import { Modal, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { formatMoney } from '~/lib/format'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { invoiceDetail } from './queries'

type Invoice = Schemas['InvoiceView']
type ModalProps = { invoice: Invoice; isOpen: boolean; onClose: () => void }
type FormProps = Omit<ModalProps, 'isOpen'>

export function PayModal({ isOpen, ...rest }: ModalProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title={`Mark ${rest.invoice.number} paid`}>
      <PayForm {...rest} />
    </Modal>
  )
}

function PayForm({ invoice: { invoice_id, number, amount }, onClose }: FormProps) {
  const [header] = useState(idempotent)
  const form = useForm({
    initialValues: { payment_reference: '', paid_at: '' },
    validate: {
      payment_reference: (reference) =>
        reference.trim() ? null : 'Enter where the payment is found.',
    },
  })
  const pay = api.useMutation('post', '/v1/invoices/{invoice_id}/pay', {
    onSuccess: async (invoice) => {
      await keep(invoice)
      notifyDone(`${number} is paid`)
      onClose()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ payment_reference, paid_at }: typeof form.values) =>
    pay.mutate({
      params: { path: { invoice_id }, header },
      body: {
        payment_reference: payment_reference.trim(),
        ...given({ paid_at: paid_at ? new Date(paid_at).toISOString() : undefined }),
      },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <Text size="sm">
          In full, {formatMoney(amount)}, by a payment that arrived elsewhere. It cannot be taken
          back.
        </Text>
        <TextInput
          label="Payment reference"
          description="Where the payment is found, such as the bank’s reference."
          required
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('payment_reference')}
        />
        <TextInput
          label="Paid at (optional)"
          description="Where that was not just now."
          type="datetime-local"
          {...form.getInputProps('paid_at')}
        />
        <FormError error={pay.error} />
        <FormButtons submit="Mark paid" isPending={pay.isPending} onCancel={onClose} />
      </Stack>
    </form>
  )
}

export function VoidModal({ isOpen, ...rest }: ModalProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title={`Void ${rest.invoice.number}`}>
      <VoidForm {...rest} />
    </Modal>
  )
}

function VoidForm({ invoice: { invoice_id, number }, onClose }: FormProps) {
  const [header] = useState(idempotent)
  const form = useForm({
    initialValues: { reason: '' },
    validate: { reason: (reason) => (reason.trim() ? null : 'Say why.') },
  })
  const voidIt = api.useMutation('post', '/v1/invoices/{invoice_id}/void', {
    onSuccess: async (invoice) => {
      await keep(invoice)
      notifyDone(`${number} is void`)
      onClose()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ reason }: typeof form.values) =>
    voidIt.mutate({
      params: { path: { invoice_id }, header },
      body: { reason: reason.trim() },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <Text size="sm">
          It keeps its number and nothing is owed any more. Its milestone is not invoiced again.
          This cannot be taken back.
        </Text>
        <TextInput label="Why" required data-autofocus {...form.getInputProps('reason')} />
        <FormError error={voidIt.error} />
        <FormButtons submit="Void invoice" isPending={voidIt.isPending} onCancel={onClose} />
      </Stack>
    </form>
  )
}

async function keep(invoice: Invoice) {
  queryClient.setQueryData(invoiceDetail(invoice.invoice_id).queryKey, invoice)
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ['get', '/v1/invoices'] }),
    queryClient.invalidateQueries({ queryKey: ['get', '/v1/today'] }),
  ])
}
