import { NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { STATUSES } from '~/ui/status'
import { alertSettings, SEVERITIES } from './queries'

const RECIPIENTS_MAX = 20
const QUIET_MINUTES_MAX = 10_080

export function RecipientsForm({ settings }: { settings: Schemas['AlertSettings'] }) {
  const may = useMay('write:alerts')
  const [header] = useState(idempotent)
  const form = useForm({
    initialValues: settings,
    validate: {
      recipients: (addresses) => {
        const wrong = addresses.find((address) => !/^\S+@\S+$/.test(address))
        return wrong === undefined ? null : `${wrong} is not an e-mail address.`
      },
    },
  })
  const update = api.useMutation('patch', '/v1/alert-settings', {
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: alertSettings().queryKey })
      notifyDone('Alert settings saved')
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  return (
    <form
      onSubmit={form.onSubmit((body) => update.mutate({ params: { header }, body }))}
      noValidate
    >
      <Stack gap="sm">
        <Switch
          label="Tell the Slack channel"
          description="That of the Slack connection, where there is one."
          {...form.getInputProps('slack', { type: 'checkbox' })}
        />
        <TagsInput
          label="E-mail"
          description="Needs the connection E-mail. Type an address and press Enter."
          placeholder={form.values.recipients.length === 0 ? 'Nobody' : ''}
          maxTags={RECIPIENTS_MAX}
          acceptValueOnBlur
          {...form.getInputProps('recipients')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <Select
            label="From this severity on"
            description="What is milder is listed, and nobody is told."
            data={SEVERITIES.map((value) => ({ value, label: STATUSES[value].label }))}
            {...form.getInputProps('min_severity')}
          />
          <NumberInput
            label="Quiet for"
            description="A cause that comes again within this time is not told again."
            suffix=" minutes"
            min={0}
            max={QUIET_MINUTES_MAX}
            allowDecimal={false}
            {...form.getInputProps('quiet_minutes')}
          />
        </SimpleGrid>
        <Switch
          label="Tell the end, too"
          description="To whom the beginning was told."
          {...form.getInputProps('tell_resolved', { type: 'checkbox' })}
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
