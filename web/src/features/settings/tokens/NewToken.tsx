import { NumberInput, Radio, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { RoleChoice } from '~/features/members/RoleChoice'
import { given } from '~/lib/given'
import { CodeBlock } from '~/ui/CodeBlock'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { ShownOnce } from '~/ui/ShownOnce'
import { HOLDERS, type Holder, tokensChanged } from './queries'

type NewTokenProps = { isOpen: boolean; onClose: () => void }

export function NewToken({ isOpen, onClose }: NewTokenProps) {
  const [created, setCreated] = useState<Schemas['CreatedToken']>()
  return (
    <>
      <DetailDrawer isOpen={isOpen} onClose={onClose} title="Create token">
        <TokenForm
          onCancel={onClose}
          onDone={(token) => {
            setCreated(token)
            onClose()
          }}
        />
      </DetailDrawer>
      <ShownOnce
        title={`Token ${created?.name ?? ''} created`}
        label="Token"
        secret={created?.token}
        onClose={() => setCreated(undefined)}
      >
        <CodeBlock
          label={created?.mcp ? 'Claude Code' : 'With curl'}
          code={created ? exampleOf(created) : ''}
        />
      </ShownOnce>
    </>
  )
}

const EXPIRIES = [
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]

type TokenFormProps = { onDone: (token: Schemas['CreatedToken']) => void; onCancel: () => void }

function TokenForm({ onDone, onCancel }: TokenFormProps) {
  const form = useForm<{
    name: string
    holder: Holder
    role: string
    days: string
    rate: number | string
  }>({
    initialValues: { name: '', holder: 'program', role: 'staff', days: '90', rate: '' },
    validate: { name: (name) => (name.trim() ? null : 'Enter what the token is for.') },
  })
  const create = api.useMutation('post', '/v1/tokens', {
    onSuccess: (token) => {
      void tokensChanged()
      onDone(token)
    },
    onError: (problem) =>
      form.setErrors(fieldErrors(problem, { expires_in_days: 'days', rate_per_minute: 'rate' })),
  })
  const submit = ({ name, holder, role, days, rate }: typeof form.values) =>
    create.mutate({
      body: {
        name: name.trim(),
        role,
        expires_in_days: Number(days),
        ...given({
          mcp: holder === 'program' ? undefined : holder,
          rate_per_minute: rate === '' ? undefined : Number(rate),
        }),
      },
    })
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="What it is for. Leads of a partner carry it as their source."
          required
          maxLength={120}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Radio.Group
          label="Who holds it"
          {...form.getInputProps('holder')}
          onChange={(value) => {
            const holder = HOLDERS.find((it) => it.value === value)?.value ?? 'program'
            form.setValues({ holder, ...(holder !== 'program' && { role: 'agent' }) })
          }}
        >
          <Stack gap="xs" mt={6}>
            {HOLDERS.map(({ value, label, means }) => (
              <Radio key={value} value={value} label={label} description={means} />
            ))}
          </Stack>
        </Radio.Group>
        <RoleChoice withPrograms {...form.getInputProps('role')} />
        <Select label="Expires" data={EXPIRIES} {...form.getInputProps('days')} />
        <NumberInput
          label="Requests per minute"
          placeholder={form.values.role === 'partner' ? '100' : '600'}
          min={1}
          allowDecimal={false}
          {...form.getInputProps('rate')}
        />
        <FormError error={create.error} />
        <FormButtons submit="Create token" isPending={create.isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

function exampleOf({ token, mcp }: Schemas['CreatedToken']): string {
  const { origin } = window.location
  const header = `"Authorization: Bearer ${token}"`
  return mcp
    ? `claude mcp add --transport http handoff ${origin}/mcp \\\n  --header ${header}`
    : `curl -H ${header} \\\n  ${origin}/v1/me`
}
