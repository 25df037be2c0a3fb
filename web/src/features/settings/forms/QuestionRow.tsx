import {
  ActionIcon,
  Collapse,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  TextInput,
  UnstyledButton,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react'

import { hasOptions, isNeeded, isStandard, KINDS, kindsFor, type Question } from './fields'
import classes from './Questions.module.css'

type QuestionRowProps = {
  question: Question
  problem: string | undefined
  isOpen: boolean
  isFirst: boolean
  isLast: boolean
  onToggle: () => void
  onChange: (question: Question) => void
  onMove: (by: 1 | -1) => void
  onRemove: () => void
}

export function QuestionRow(props: QuestionRowProps) {
  const { question, problem, isOpen, isFirst, isLast, onToggle, onMove, onRemove } = props
  const { name, label, kind, required } = question
  const called = label || 'Question without a text'
  return (
    <li className={classes.item}>
      <div className={classes.row}>
        <UnstyledButton className={classes.summary ?? ''} onClick={onToggle} aria-expanded={isOpen}>
          <span className={classes.label}>
            {called}
            {required && <span className={classes.required}> *</span>}
          </span>
          <span className="h-muted">{KINDS.find(({ value }) => value === kind)?.label}</span>
          <code className="h-mono h-faint">{name}</code>
          {problem && <span className={classes.problem}>{problem}</span>}
        </UnstyledButton>
        <ActionIcon
          size="sm"
          disabled={isFirst}
          aria-label={`Move ${called} up`}
          onClick={() => onMove(-1)}
        >
          <IconArrowUp size={15} />
        </ActionIcon>
        <ActionIcon
          size="sm"
          disabled={isLast}
          aria-label={`Move ${called} down`}
          onClick={() => onMove(1)}
        >
          <IconArrowDown size={15} />
        </ActionIcon>
        <ActionIcon
          size="sm"
          disabled={isNeeded(name)}
          title={isNeeded(name) ? 'Without it nobody could be answered.' : undefined}
          aria-label={`Remove ${called}`}
          onClick={onRemove}
        >
          <IconTrash size={15} />
        </ActionIcon>
      </div>
      <Collapse expanded={isOpen}>{isOpen && <Editing {...props} />}</Collapse>
    </li>
  )
}

function Editing({ question, onChange }: QuestionRowProps) {
  const { name, label, kind, required, options, help } = question
  return (
    <Stack gap="sm" className={classes.editing ?? ''}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label="Question"
          required
          maxLength={200}
          value={label}
          onChange={(event) => onChange({ ...question, label: event.currentTarget.value })}
        />
        <Select
          label="Kind of answer"
          data={kindsFor(name)}
          value={kind}
          onChange={(value) => {
            const next = KINDS.find((it) => it.value === value)?.value ?? kind
            onChange({ ...question, kind: next })
          }}
        />
        <TextInput
          label="Help"
          description="A sentence below the question."
          maxLength={300}
          value={help}
          onChange={(event) => onChange({ ...question, help: event.currentTarget.value })}
        />
        <TextInput
          label="Name"
          description={
            isStandard(name)
              ? 'Of the intake; flows read the answer by it.'
              : 'Flows read the answer by it, below custom_fields.'
          }
          value={name}
          disabled={isStandard(name)}
          onChange={(event) => onChange({ ...question, name: event.currentTarget.value })}
        />
      </SimpleGrid>
      {hasOptions(kind) && (
        <TagsInput
          label="What can be chosen"
          description="Type one and press Enter."
          required
          acceptValueOnBlur
          value={options}
          onChange={(next) => onChange({ ...question, options: next })}
        />
      )}
      <Switch
        label="Must be answered"
        checked={required}
        disabled={isNeeded(name)}
        onChange={(event) => onChange({ ...question, required: event.currentTarget.checked })}
      />
    </Stack>
  )
}
