import { NumberInput, Select, SimpleGrid, Stack, Switch } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { answerOf, api, client, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyWithUndo } from '~/ui/notify'
import { STATUSES } from '~/ui/status'
import { alertRules, RULES, SEVERITIES, UNITS } from './queries'

const WINDOW_MINUTES_MAX = 1_440

type RuleFormProps = { rule: Schemas['AlertRule']; onDone: () => void }

export function RuleForm({ rule, onDone }: RuleFormProps) {
  const may = useMay('write:alerts')
  const [header] = useState(idempotent)
  const { enabled, threshold, window_minutes, minimum_samples, severity, notify } = rule
  const before = { enabled, threshold, window_minutes, minimum_samples, severity, notify }
  const form = useForm({ initialValues: before })
  const update = api.useMutation('patch', '/v1/alert-rules/{rule}', {
    onSuccess: async (after) => {
      await rulesChanged()
      notifyWithUndo(messageOf(rule, after), () => putBack(rule.rule, before))
      onDone()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const unit = UNITS[rule.unit]
  return (
    <form
      onSubmit={form.onSubmit((body) =>
        update.mutate({ params: { path: { rule: rule.rule }, header }, body }),
      )}
    >
      <Stack gap="sm">
        <div className="h-muted">{RULES[rule.rule].means}</div>
        <Switch
          label="Watch this"
          description="Switched off, it raises nothing and resolves what it raised."
          {...form.getInputProps('enabled', { type: 'checkbox' })}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <NumberInput
            label={unit.label}
            suffix={unit.suffix}
            min={0}
            required
            allowDecimal={false}
            thousandSeparator=","
            {...form.getInputProps('threshold')}
          />
          <NumberInput
            label="Within"
            suffix=" minutes"
            min={1}
            max={WINDOW_MINUTES_MAX}
            required
            allowDecimal={false}
            {...form.getInputProps('window_minutes')}
          />
          <NumberInput
            label="Of at least"
            description="Fewer are too few to judge."
            min={1}
            required
            allowDecimal={false}
            {...form.getInputProps('minimum_samples')}
          />
          <Select
            label="Severity"
            description="How urgent it is."
            data={SEVERITIES.map((value) => ({ value, label: STATUSES[value].label }))}
            {...form.getInputProps('severity')}
          />
        </SimpleGrid>
        <Switch
          label="Tell people"
          description="Those named under “Who is told”. Otherwise it is only listed."
          {...form.getInputProps('notify', { type: 'checkbox' })}
        />
        <FormError error={update.error} />
        <FormButtons
          submit="Save rule"
          isPending={update.isPending}
          onCancel={onDone}
          reason={may.reason}
        />
      </Stack>
    </form>
  )
}

function messageOf(before: Schemas['AlertRule'], after: Schemas['AlertRule']): string {
  if (before.enabled === after.enabled) return 'Rule saved'
  return `“${RULES[after.rule].label}” is ${after.enabled ? 'watched' : 'not watched any more'}`
}

async function putBack(rule: Schemas['RuleName'], body: Schemas['UpdateAlertRule']) {
  const params = { path: { rule }, header: idempotent() }
  await answerOf(client.PATCH('/v1/alert-rules/{rule}', { params, body }))
  await rulesChanged()
}

function rulesChanged() {
  return queryClient.invalidateQueries({ queryKey: alertRules().queryKey })
}
