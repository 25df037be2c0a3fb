import {
  Fieldset,
  JsonInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from '@mantine/core'
import type { GetInputPropsReturnType } from '@mantine/form'
import type { ReactNode } from 'react'

import { Described } from '~/ui/Described'
import classes from './SchemaField.module.css'
import type { Field } from './schema'

type SchemaFieldProps = {
  field: Field
  inputOf: (path: string, type?: 'checkbox') => GetInputPropsReturnType
  errorOf: (path: string) => string | undefined
  /** Whether it is a secret that stays when it is left empty. */
  isKept: (path: string) => boolean
  /** Whether it is in a group that may be left empty as a whole. */
  isInOptional?: boolean
}

export function SchemaField(props: SchemaFieldProps) {
  const { field, inputOf, errorOf, isKept, isInOptional = false } = props
  const { path, label, kind, isRequired } = field
  const description = <Description field={field} isKept={isKept(path)} />
  const common = {
    label,
    description,
    required: isRequired && !isInOptional && !isKept(path),
    error: errorOf(path),
  }
  if (kind === 'group') {
    return (
      <Fieldset legend={label} className={classes.group ?? ''}>
        <Stack gap="sm">
          {field.description && <div className={classes.note}>{description}</div>}
          {field.fields?.map((inner) => (
            <SchemaField
              key={inner.path}
              {...props}
              field={inner}
              isInOptional={isInOptional || !isRequired}
            />
          ))}
        </Stack>
      </Fieldset>
    )
  }
  if (kind === 'boolean') {
    return (
      <Switch
        label={label}
        description={description}
        error={errorOf(path)}
        {...withoutError(inputOf(path, 'checkbox'))}
      />
    )
  }
  const input = withoutError(inputOf(path))
  if (field.isSecret && kind !== 'json') {
    return (
      <PasswordInput
        {...common}
        autoComplete="new-password"
        placeholder={isKept(path) ? 'Set. Leave empty to keep it' : ''}
        {...input}
      />
    )
  }
  switch (kind) {
    case 'choice':
      return <ChoiceField field={field} common={common} input={input} />
    case 'texts':
      return (
        <TagsInput {...common} {...input} placeholder="Type and press Enter" acceptValueOnBlur />
      )
    case 'json':
      return <JsonInput {...common} {...input} autosize minRows={3} spellCheck={false} />
    default:
      return (
        <TextInput
          {...common}
          {...input}
          type={kind === 'email' ? 'email' : 'text'}
          inputMode={modeOf(kind)}
          placeholder={field.standard === undefined ? '' : String(field.standard)}
        />
      )
  }
}

type ChoiceFieldProps = {
  field: Field
  common: { label: string; description: ReactNode; required: boolean; error: string | undefined }
  input: object
}

function ChoiceField({ field, common, input }: ChoiceFieldProps) {
  const choices = field.choices ?? []
  return (
    <Select
      {...common}
      {...input}
      data={choices.map(({ value, label }) => ({ value, label }))}
      placeholder={field.isRequired ? 'Choose one' : 'The usual one'}
      clearable={!field.isRequired}
      renderOption={({ option }) => (
        <div>
          {option.label}
          <div className={classes.note}>
            <Described
              text={choices.find(({ value }) => value === option.value)?.description ?? ''}
            />
          </div>
        </div>
      )}
    />
  )
}

function Description({ field, isKept }: { field: Field; isKept: boolean }) {
  const { description, standard, kind } = field
  const hasStandard = standard !== undefined && standard !== '' && kind !== 'boolean'
  if (!description && !hasStandard && !isKept) return null
  return (
    <>
      {description && <Described text={description} />}
      {hasStandard && <> Left empty: {String(standard)}.</>}
      {isKept && ' It is set; leave it empty to keep it.'}
    </>
  )
}

/** Errors come from `errorOf`, which knows those of the API, too. */
function withoutError({ error: _, ...input }: GetInputPropsReturnType) {
  return input
}

function modeOf(kind: Field['kind']): 'numeric' | 'decimal' | 'email' | 'text' {
  if (kind === 'integer') return 'numeric'
  if (kind === 'number') return 'decimal'
  return kind === 'email' ? 'email' : 'text'
}
