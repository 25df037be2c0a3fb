import { Group, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'

import { api, idempotent } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { ActionButton } from '~/ui/ActionButton'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { FormField } from './FormField'
import { emptyValue, type Field, type FormValue, fieldsOf, resultOf } from './fields'
import { invalidateTasks } from './queries'
import type { HumanTask } from './types'

type CompleteFormProps = { task: HumanTask; reason: string | undefined }

/** Answers an assignment with the form that its flow asks for. */
export function CompleteForm({ task, reason }: CompleteFormProps) {
  const [header] = useState(idempotent)
  const fields = task.form === undefined ? [] : (fieldsOf(task.form) ?? [WHOLE])
  const [values, setValues] = useState<Record<string, FormValue>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, emptyValue(field)])),
  )
  const [errors, setErrors] = useState<Record<string, string>>({})
  const complete = api.useMutation('post', '/v1/human-tasks/{human_task_id}/complete', {
    onSuccess: async () => {
      await invalidateTasks()
      notifyDone('Task completed')
    },
    onError: (problem) => setErrors(ofResult(fieldErrors(problem))),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason) return
    const { result, errors: found } = resultOf(fields, values)
    setErrors(found)
    if (Object.keys(found).length > 0) return
    complete.mutate({
      params: { path: { human_task_id: task.human_task_id }, header },
      body: { result: fields[0] === WHOLE ? (result[WHOLE.name] ?? null) : result },
    })
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {fields.map((field) => (
          <FormField
            key={field.name}
            field={field}
            value={values[field.name] ?? emptyValue(field)}
            error={errors[field.name]}
            onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
        <FormError error={complete.error} />
        <Group justify="flex-end">
          <ActionButton type="submit" reason={reason} loading={complete.isPending}>
            Complete
          </ActionButton>
        </Group>
      </Stack>
    </form>
  )
}

/** For a form that is no object: its result as JSON. */
const WHOLE: Field = {
  name: 'result',
  label: 'Result',
  description: 'JSON, as the flow asks for it.',
  isRequired: true,
  kind: 'json',
  choices: [],
  isWhole: false,
  min: undefined,
  max: undefined,
}

/** The server names the fields below `result`. */
function ofResult(errors: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(errors).map(([name, detail]) => [name.replace(/^result\./, ''), detail]),
  )
}
