import { JsonInput, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMemo } from 'react'

import { fieldErrors } from '~/api/problem'
import { Described } from '~/ui/Described'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { SchemaField } from './SchemaField'
import { fieldsOf } from './schema'
import { MASK, problemsOf, type Settings, settingsOf, type Values, valuesOf } from './settings'

type SchemaFormProps = {
  schema: unknown
  /** The settings in force, with `MASK` for secrets: these may then be left empty to stay. */
  known?: Settings
  submit: string
  isPending: boolean
  error: unknown
  /** The API's name for the settings, under which it reports errors. */
  errorsUnder: string
  /** Why it cannot be submitted now, if it cannot. */
  reason?: string | undefined
  onSubmit: (settings: Settings) => void
  onCancel?: (() => void) | undefined
}

/** A form made from the JSON Schema of settings. Secrets go in and are never shown. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, known, submit, isPending, error, errorsUnder, reason, onSubmit, onCancel } = props
  const fields = useMemo(() => fieldsOf(schema), [schema])
  const kept = useMemo(() => secretsSet(known), [known])
  const form = useForm<Values>({
    initialValues: valuesOf(fields, known),
    validate: (values) => problemsOf(fields, values, kept),
  })
  if (fields.length === 0) return <FreeForm {...props} />
  const refused = fieldErrors(error)
  const errorOf = (path: string) => {
    const own = form.errors[path]
    return typeof own === 'string' ? own : refused[`${errorsUnder}.${path}`]
  }
  return (
    <form onSubmit={form.onSubmit((values) => onSubmit(settingsOf(fields, values)))} noValidate>
      <Stack gap="sm">
        {fields.map((field) => (
          <SchemaField
            key={field.path}
            field={field}
            inputOf={(path, type) => form.getInputProps(path, type && { type })}
            errorOf={errorOf}
            isKept={(path) => kept.includes(path)}
          />
        ))}
        <FormError error={error} />
        <FormButtons submit={submit} isPending={isPending} reason={reason} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

/** For settings whose names are free: all of them as one JSON object. */
function FreeForm(props: SchemaFormProps) {
  const { schema, submit, isPending, error, reason, onSubmit, onCancel } = props
  const form = useForm({
    initialValues: { json: '{\n  \n}' },
    validate: { json: (text) => (isObject(text) ? null : 'Enter a JSON object.') },
  })
  const description = descriptionOf(schema)
  return (
    <form onSubmit={form.onSubmit(({ json }) => onSubmit(JSON.parse(json)))} noValidate>
      <Stack gap="sm">
        <JsonInput
          label="Settings"
          description={description && <Described text={description} />}
          autosize
          minRows={8}
          maxRows={24}
          spellCheck={false}
          {...form.getInputProps('json')}
        />
        <FormError error={error} />
        <FormButtons submit={submit} isPending={isPending} reason={reason} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

function secretsSet(known: Settings = {}): string[] {
  return Object.entries(known).flatMap(([name, value]) => (value === MASK ? [name] : []))
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function descriptionOf(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null || !('description' in schema)) return undefined
  return typeof schema.description === 'string' ? schema.description : undefined
}
