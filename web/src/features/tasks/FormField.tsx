import {
  Checkbox,
  JsonInput,
  NumberInput,
  Select,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core'

import { given } from '~/lib/given'
import type { Field, FormValue } from './fields'

type FormFieldProps = {
  field: Field
  value: FormValue
  error: string | undefined
  onChange: (value: FormValue) => void
}

/** One field of a form that a flow asks for. */
export function FormField({ field, value, error, onChange }: FormFieldProps) {
  const { label, kind, isRequired: required, isWhole, min, max, choices } = field
  const about = given({ label, required, description: field.description, error })
  if (kind === 'yes') {
    return (
      <Checkbox
        {...about}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    )
  }
  if (kind === 'number') {
    return (
      <NumberInput
        {...about}
        {...given({ min, max })}
        allowDecimal={!isWhole}
        value={typeof value === 'number' ? value : ''}
        onChange={onChange}
      />
    )
  }
  if (kind === 'texts') {
    return <TagsInput {...about} value={Array.isArray(value) ? value : []} onChange={onChange} />
  }
  const text = String(value)
  if (kind === 'choice') {
    return (
      <Select
        {...about}
        data={choices}
        value={text || null}
        onChange={(chosen) => onChange(chosen ?? '')}
        clearable={!required}
      />
    )
  }
  if (kind === 'json') {
    return <JsonInput {...about} autosize minRows={3} value={text} onChange={onChange} />
  }
  if (kind === 'long') {
    return (
      <Textarea
        {...about}
        autosize
        minRows={3}
        maxRows={12}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  }
  return (
    <TextInput
      {...about}
      type={kind === 'date' ? 'date' : 'text'}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
