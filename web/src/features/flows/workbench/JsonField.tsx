import { Input } from '@mantine/core'

import editorClasses from '../editor/CodeEditor.module.css'
import classes from './JsonField.module.css'
import { LazyEditor } from './LazyParts'

type JsonFieldProps = {
  label: string
  description?: string | undefined
  value: string
  onChange: (value: string) => void
  error?: string | undefined
  size?: 'small' | 'large'
}

/** A field for JSON. */
export function JsonField({
  label,
  description,
  error,
  size = 'small',
  ...editor
}: JsonFieldProps) {
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <div className={`${editorClasses.boxed} ${classes[size]}`}>
        <LazyEditor label={label} language="json" {...editor} />
      </div>
    </Input.Wrapper>
  )
}

export type ReadJson = { value: unknown; error?: undefined } | { value?: undefined; error: string }

/** The text as JSON, or why it is none. Nothing at all counts as `null`. */
export function readJson(text: string): ReadJson {
  if (!text.trim()) return { value: null }
  try {
    const value: unknown = JSON.parse(text)
    return { value }
  } catch (error) {
    return { error: error instanceof Error ? `This is no JSON: ${error.message}` : 'No JSON' }
  }
}
