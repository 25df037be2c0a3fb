import { Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { Id } from '~/ui/CopyButton'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { KeyValue } from '~/ui/KeyValue'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import { currencyOptions, timeZoneOptions } from './places'
import { tenant } from './queries'
import { SecondFactorForm } from './SecondFactorForm'
import { SettingsFrame } from './SettingsFrame'
import classes from './SettingsFrame.module.css'

export function loader() {
  void queryClient.prefetchQuery(tenant())
  return null
}

export default function GeneralPage() {
  const { data } = useSuspenseQuery(tenant())
  return (
    <SettingsFrame title="General" description="What this tenant is called and where it is.">
      <Stack gap="md" className={classes.form ?? ''}>
        <Section title="Tenant">
          <TenantForm key={JSON.stringify(data)} tenant={data} />
        </Section>
        <Section title="Second factor">
          <SecondFactorForm key={data.second_factor_for} secondFactorFor={data.second_factor_for} />
        </Section>
        <Section title="For programs">
          <KeyValue
            facts={[
              { label: 'Id', value: <Id value={data.tenant_id} /> },
              {
                label: 'Slug',
                value: data.slug,
                hint: 'Its name in addresses and on the command line; it never changes',
              },
              { label: 'Created', value: <Time at={data.created_at} as="full" /> },
            ]}
          />
        </Section>
      </Stack>
    </SettingsFrame>
  )
}

function TenantForm({
  tenant: { name, time_zone, home_currency },
}: {
  tenant: Schemas['TenantView']
}) {
  const may = useMay('write:tenant')
  const [header] = useState(idempotent)
  const form = useForm({
    initialValues: { name, time_zone, home_currency },
    validate: { name: (value) => (value.trim() ? null : 'Enter a name.') },
  })
  const update = api.useMutation('patch', '/v1/tenant', {
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: tenant().queryKey })
      void queryClient.invalidateQueries({ queryKey: ['get', '/v1/session'] })
      notifyDone('Tenant saved')
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  return (
    <form
      onSubmit={form.onSubmit((values) => update.mutate({ params: { header }, body: values }))}
      noValidate
    >
      <Stack gap="sm">
        <TextInput label="Name" required maxLength={120} {...form.getInputProps('name')} />
        <Select
          label="Time zone"
          description="In which days and months of documents and figures begin. Times on these pages are those of whoever looks."
          data={timeZoneOptions(time_zone)}
          searchable
          onClick={(event) => event.currentTarget.select()}
          limit={80}
          {...form.getInputProps('time_zone')}
        />
        <Select
          label="Home currency"
          description="For amounts that name no other. What was issued already keeps its own."
          data={currencyOptions(home_currency)}
          searchable
          onClick={(event) => event.currentTarget.select()}
          limit={80}
          {...form.getInputProps('home_currency')}
        />
        <FormError error={update.error} />
        <FormButtons
          submit="Save"
          isPending={update.isPending}
          reason={may.reason ?? (form.isDirty() ? undefined : 'Nothing was changed.')}
        />
      </Stack>
    </form>
  )
}
