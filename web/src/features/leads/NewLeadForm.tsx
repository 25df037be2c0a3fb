import { SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'

type NewLeadFormProps = {
  onDone: (lead: Schemas['LeadView']) => void
  onCancel: () => void
}

/** The source of leads that somebody adds here. */
const SOURCE = 'web_app'

export function NewLeadForm({ onDone, onCancel }: NewLeadFormProps) {
  const [header] = useState(idempotent)
  const form = useForm({
    initialValues: {
      company_name: '',
      contact_email: '',
      contact_name: '',
      phone: '',
      industry: '',
      message: '',
    },
    validate: {
      company_name: (name) => (name.trim() ? null : 'Enter the company’s name.'),
      contact_email: (email) => (email.includes('@') ? null : 'Enter an e-mail address.'),
      message: (message) => (message.trim() ? null : 'Enter what the client asks for.'),
    },
  })
  const createLead = api.useMutation('post', '/v1/leads', {
    onSuccess: async (lead) => {
      await queryClient.invalidateQueries({ queryKey: ['get', '/v1/leads'] })
      notifyDone(`Lead of ${lead.company_name} added`)
      onDone(lead)
    },
    onError: (problem) => form.setErrors(fieldErrors(problem, { 'intake.message': 'message' })),
  })

  const submit = ({ company_name, contact_email, message, ...rest }: typeof form.values) =>
    createLead.mutate({
      params: { header },
      body: {
        source: SOURCE,
        company_name: company_name.trim(),
        contact_email: contact_email.trim(),
        ...given({
          contact_name: rest.contact_name.trim() || undefined,
          phone: rest.phone.trim() || undefined,
          industry: rest.industry.trim() || undefined,
        }),
        intake: { message: message.trim() },
      },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Company"
          required
          data-autofocus
          {...form.getInputProps('company_name')}
        />
        <TextInput
          label="E-mail"
          description="Leads with the same address belong to the same client."
          type="email"
          required
          {...form.getInputProps('contact_email')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label="Contact" {...form.getInputProps('contact_name')} />
          <TextInput label="Phone" type="tel" {...form.getInputProps('phone')} />
        </SimpleGrid>
        <TextInput label="Industry" {...form.getInputProps('industry')} />
        <Textarea
          label="What they ask for"
          required
          autosize
          minRows={4}
          maxRows={14}
          {...form.getInputProps('message')}
        />
        <FormError error={createLead.error} />
        <FormButtons submit="Add lead" isPending={createLead.isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}
