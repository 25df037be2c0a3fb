import { Button, Menu, Stack } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { useMay } from '~/features/session/may'
import { formatCount } from '~/lib/format'
import { ActionButton } from '~/ui/ActionButton'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import {
  fieldsOf,
  moved,
  named,
  nameFor,
  problemsOf,
  type Question,
  questionsOf,
  STANDARD,
} from './fields'
import { QuestionRow } from './QuestionRow'
import classes from './Questions.module.css'
import { formsChanged } from './queries'

const QUESTIONS_MAX = 60

/** The questions of a form in their order, to be changed and saved together. */
export function Questions({ form }: { form: Schemas['IntakeForm'] }) {
  const may = useMay('write:forms')
  const [header] = useState(idempotent)
  const [questions, setQuestions] = useState(() => questionsOf(form.fields))
  const [open, setOpen] = useState<string>()
  const [isChanged, setIsChanged] = useState(false)
  const update = api.useMutation('patch', '/v1/intake-forms/{form_id}', {
    onSuccess: async () => {
      await formsChanged()
      notifyDone('Questions saved')
    },
  })
  const change = (next: Question[]) => {
    setQuestions(next)
    setIsChanged(true)
  }
  const add = (question: Omit<Question, 'key'>) => {
    const key = crypto.randomUUID()
    change([...questions, { ...question, key }])
    setOpen(key)
  }
  const problems = problemsOf(questions)
  const saved = form.fields.map(({ name }) => name)
  const reason = () => {
    if (may.reason) return may.reason
    if (problems.size > 0) return 'Some questions are not complete.'
    return isChanged ? undefined : 'Nothing was changed.'
  }
  return (
    <Section
      title="Questions"
      aside={formatCount(questions.length)}
      actions={
        <ActionButton
          reason={reason()}
          loading={update.isPending}
          onClick={() =>
            update.mutate({
              params: { path: { form_id: form.form_id }, header },
              body: { fields: fieldsOf(questions) },
            })
          }
        >
          Save questions
        </ActionButton>
      }
      isFlush
    >
      <Stack gap={0}>
        {update.error !== null && (
          <div className={classes.error}>
            <FormError error={update.error} />
          </div>
        )}
        <ol className={classes.list}>
          {questions.map((question, index) => (
            <QuestionRow
              key={question.key}
              question={question}
              problem={problems.get(index)}
              isOpen={open === question.key}
              isFirst={index === 0}
              isLast={index === questions.length - 1}
              onToggle={() => setOpen(open === question.key ? undefined : question.key)}
              onChange={(changed) =>
                change(
                  questions.map((it) =>
                    it.key === changed.key ? named(it, changed, questions, saved) : it,
                  ),
                )
              }
              onMove={(by) => change(moved(questions, index, by))}
              onRemove={() => change(questions.filter(({ key }) => key !== question.key))}
            />
          ))}
        </ol>
        <div className={classes.add}>
          <AddMenu questions={questions} onAdd={add} />
        </div>
      </Stack>
    </Section>
  )
}

type AddMenuProps = {
  questions: readonly Question[]
  onAdd: (question: Omit<Question, 'key'>) => void
}

function AddMenu({ questions, onAdd }: AddMenuProps) {
  const taken = questions.map(({ name }) => name)
  const left = STANDARD.filter(({ name }) => !taken.includes(name))
  return (
    <Menu position="bottom-start" disabled={questions.length >= QUESTIONS_MAX}>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconPlus size={15} aria-hidden />}
          disabled={questions.length >= QUESTIONS_MAX}
        >
          Add question
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="20rem" className={classes.menu ?? ''}>
        <Menu.Item
          onClick={() =>
            onAdd({
              name: nameFor('question', taken),
              label: '',
              kind: 'text',
              required: false,
              options: [],
              help: '',
            })
          }
        >
          One of your own
        </Menu.Item>
        {left.length > 0 && <Menu.Label>Of an intake</Menu.Label>}
        {left.map((standard) => (
          <Menu.Item
            key={standard.name}
            onClick={() => onAdd({ ...standard, required: false, help: '' })}
          >
            {standard.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
