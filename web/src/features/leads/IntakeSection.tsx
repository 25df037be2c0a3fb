import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'

import { humanize } from '~/lib/format'
import { JsonView } from '~/ui/JsonView'
import { type Fact, KeyValue } from '~/ui/KeyValue'
import { Section } from '~/ui/Section'
import classes from './IntakeSection.module.css'

type IntakeSectionProps = {
  /** Whatever the client wrote. It is shown as text and never as anything else. */
  intake: unknown
}

type View = 'answers' | 'json'

export function IntakeSection({ intake }: IntakeSectionProps) {
  const [view, setView] = useState<View>('answers')
  return (
    <Section
      title="Intake"
      aside="In the client’s own words"
      actions={
        <SegmentedControl<View>
          aria-label="How the intake is shown"
          data={[
            { value: 'answers', label: 'Answers' },
            { value: 'json', label: 'JSON' },
          ]}
          value={view}
          onChange={setView}
        />
      }
    >
      {view === 'json' ? (
        <JsonView label="Intake" value={intake} />
      ) : (
        <KeyValue facts={factsOf(intake)} />
      )}
    </Section>
  )
}

function factsOf(intake: unknown): Fact[] {
  if (typeof intake !== 'object' || intake === null) return []
  const answers = Object.entries(intake)
  return answers
    .toSorted(([one], [other]) => placeOf(one) - placeOf(other))
    .map(([name, answer]) => ({ label: humanize(name), value: <Answer answer={answer} /> }))
}

/** As an intake is read: who it is, what they want, and what is agreed on. The store keeps no order. */
const ORDER = [
  'company_name',
  'contact_name',
  'contact_email',
  'phone',
  'industry',
  'key_services',
  'project_goals',
  'target_audience',
  'unique_selling_point',
  'brand_values',
  'competitors',
  'budget',
  'timeline',
]

function placeOf(name: string): number {
  const place = ORDER.indexOf(name)
  return place === -1 ? ORDER.length : place
}

function Answer({ answer }: { answer: unknown }) {
  if (Array.isArray(answer) && answer.every(isPlain)) return <AnswerList answers={answer} />
  if (isPlain(answer)) return <span className={classes.text}>{String(answer)}</span>
  return <JsonView value={answer} depth={1} />
}

function AnswerList({ answers }: { answers: readonly unknown[] }) {
  if (answers.length < 2) return answers.join('')
  return (
    <ul className={classes.answers}>
      {answers.map((answer, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: what a client wrote never changes places
        <li key={index}>{String(answer)}</li>
      ))}
    </ul>
  )
}

function isPlain(answer: unknown): boolean {
  return typeof answer !== 'object' || answer === null
}
