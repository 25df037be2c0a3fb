import { PasswordInput, Select, Stack, Switch, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'

import type { Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { EventTypePicker } from './EventTypePicker'

type Subscription = Schemas['WebhookSubscriptionView']

export type SubscriptionValues = {
  url: string
  description: string
  event_types: string[]
  format: Schemas['WebhookFormat']
  bearer: string
  removesBearer: boolean
}

type SubscriptionFormProps = {
  /** The one that is changed; a new one otherwise. */
  subscription?: Subscription
  submit: string
  isPending: boolean
  error: unknown
  onSubmit: (values: SubscriptionValues) => void
  onCancel: () => void
}

const FORMATS = [
  { value: 'standard', label: 'Standard Webhooks' },
  { value: 'mwd', label: 'Invoice system’s contract (mwd)' },
] as const

export function SubscriptionForm(props: SubscriptionFormProps) {
  const { subscription, submit, isPending, error, onSubmit, onCancel } = props
  const form = useForm<SubscriptionValues>({
    initialValues: {
      url: subscription?.url ?? '',
      description: subscription?.description ?? '',
      event_types: subscription?.event_types ?? [],
      format: subscription?.format ?? 'standard',
      bearer: '',
      removesBearer: false,
    },
    validate: {
      url: (url) => (/^https?:\/\/\S+$/.test(url.trim()) ? null : 'Enter an https:// address.'),
      event_types: (types) => (types.length > 0 ? null : 'Choose at least one.'),
    },
  })
  const errors = { ...fieldErrors(error), ...form.errors }
  return (
    <form onSubmit={form.onSubmit(onSubmit)} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Address"
          description="Public HTTPS on port 443 or 8443. Each event is posted there, signed."
          type="url"
          placeholder="https://hooks.example.com/handoff"
          required
          data-autofocus
          {...form.getInputProps('url')}
          error={errors.url}
        />
        <TextInput
          label="Description"
          placeholder="What it is for"
          {...form.getInputProps('description')}
          error={errors.description}
        />
        <EventTypePicker
          value={form.values.event_types}
          onChange={(types) => form.setFieldValue('event_types', types)}
          error={typeof errors.event_types === 'string' ? errors.event_types : undefined}
        />
        {!subscription && (
          <Select
            label="Format"
            description="The invoice system’s contract knows client.intake.submitted and project.status.changed alone."
            data={[...FORMATS]}
            {...form.getInputProps('format')}
          />
        )}
        <PasswordInput
          label="Bearer token"
          description={
            subscription?.has_bearer
              ? 'One is set. Leave this empty to keep it.'
              : 'Sent as Authorization: Bearer …, for receivers that ask for one beside the signature.'
          }
          autoComplete="off"
          disabled={form.values.removesBearer}
          {...form.getInputProps('bearer')}
          error={errors.bearer}
        />
        {subscription?.has_bearer && (
          <Switch
            label="Send no bearer token any more"
            {...form.getInputProps('removesBearer', { type: 'checkbox' })}
          />
        )}
        <FormError error={error} />
        <FormButtons submit={submit} isPending={isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}
