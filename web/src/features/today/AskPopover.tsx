import { Button, Group, Popover, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, useState } from 'react'

import { ActionButton } from '~/ui/ActionButton'
import type { Question } from './actions'

type AskPopoverProps = {
  label: string
  shortcut: string
  question: Question
  onAnswer: (answer: string) => void
}

/** A button that asks something before it acts. */
export function AskPopover({ label, shortcut, question, onAnswer }: AskPopoverProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      position="bottom-end"
      width={320}
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          aria-keyshortcuts={shortcut}
          onClick={() => setIsOpen((wasOpen) => !wasOpen)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <AskForm
          label={label}
          question={question}
          onCancel={() => setIsOpen(false)}
          onAnswer={(answer) => {
            setIsOpen(false)
            onAnswer(answer)
          }}
        />
      </Popover.Dropdown>
    </Popover>
  )
}

type AskFormProps = {
  label: string
  question: Question
  onCancel: () => void
  onAnswer: (answer: string) => void
}

function AskForm({
  label,
  question: { text, field, isDangerous },
  onCancel,
  onAnswer,
}: AskFormProps) {
  const [answer, setAnswer] = useState('')
  const given = answer.trim()
  const missing = field?.isRequired && !given ? `Enter: ${field.label.toLowerCase()}.` : undefined

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!missing) onAnswer(given)
  }
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event)
  }
  const input = {
    label: field?.isRequired ? field.label : `${field?.label} (optional)`,
    value: answer,
    onChange: (event: { currentTarget: { value: string } }) => setAnswer(event.currentTarget.value),
    'data-autofocus': true,
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        {text && <Text size="sm">{text}</Text>}
        {field?.isLong && (
          <Textarea {...input} autosize minRows={2} maxRows={8} onKeyDown={submitByKey} />
        )}
        {field && !field.isLong && <TextInput {...input} autoComplete="off" />}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={onCancel}>
            Back
          </Button>
          <ActionButton
            type="submit"
            reason={missing}
            {...(isDangerous && { color: 'red' })}
            {...(!field && { 'data-autofocus': true })}
          >
            {label}
          </ActionButton>
        </Group>
      </Stack>
    </form>
  )
}
