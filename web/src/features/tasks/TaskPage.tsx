import { useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { queryClient } from '~/api/queryClient'
import { Actor } from '~/features/actors/Actor'
import { asRecord } from '~/features/flows/model/values'
import { useMay } from '~/features/session/may'
import { useSession } from '~/features/session/session'
import { humanize } from '~/lib/format'
import { linkTo, TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Subject } from '~/lib/subjects'
import { Columns } from '~/ui/Columns'
import { Id } from '~/ui/CopyButton'
import { JsonView } from '~/ui/JsonView'
import { type Fact, KeyValue } from '~/ui/KeyValue'
import { Markdown } from '~/ui/markdown/Markdown'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { CompleteForm } from './CompleteForm'
import { DecideForm } from './DecideForm'
import { taskDetail } from './queries'
import { answerReason } from './reasons'
import classes from './TaskPage.module.css'
import type { HumanTask } from './types'

export function loader({ params }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(taskDetail(params.humanTaskId ?? ''))
  return null
}

export default function TaskPage() {
  const { humanTaskId = '' } = useParams()
  const { data: task } = useSuspenseQuery(taskDetail(humanTaskId))
  return (
    <Page
      title={task.title}
      badge={<StatusBadge status={task.is_overdue ? 'overdue' : task.status} />}
      parent={{ label: 'Tasks', link: linkTo(paths.tasks()) }}
    >
      <Columns
        main={
          <>
            {task.description && (
              <Section title="What is asked">
                <Markdown text={task.description} />
              </Section>
            )}
            {task.details !== undefined && <Details details={task.details} />}
            {task.status === 'open' ? (
              <Answer key={task.human_task_id} task={task} />
            ) : (
              <Outcome task={task} />
            )}
          </>
        }
        aside={
          <Section title="About">
            <KeyValue facts={factsOf(task)} />
          </Section>
        }
      />
    </Page>
  )
}

function Answer({ task }: { task: HumanTask }) {
  const may = useMay('write:human_tasks')
  const { role } = useSession()
  const reason = may.reason ?? answerReason(task, role)
  return task.kind === 'approval' ? (
    <Section title="Your decision" description="The run goes on with it at once. It is made once.">
      <DecideForm task={task} reason={reason} />
    </Section>
  ) : (
    <Section title="What came of it" description="The run goes on with it at once.">
      <CompleteForm task={task} reason={reason} />
    </Section>
  )
}

/** What to decide upon: plain facts as such, and anything else as JSON. */
function Details({ details }: { details: unknown }) {
  const entries = Object.entries(asRecord(details))
  const isPlain = entries.length > 0 && entries.every(([, value]) => typeof value !== 'object')
  return (
    <Section title="Details">
      {isPlain ? (
        <KeyValue
          facts={entries.map(([label, value]) => ({
            label: humanize(label),
            value: String(value),
          }))}
        />
      ) : (
        <JsonView value={details} />
      )}
    </Section>
  )
}

function Outcome({ task }: { task: HumanTask }) {
  const { decision, comment, result } = asRecord(task.outcome)
  const isCancelled = task.status === 'cancelled'
  return (
    <Section title={isCancelled ? 'No answer is needed any more' : 'The answer'}>
      {isCancelled && <p className={classes.text}>Its run does not wait for it any more.</p>}
      {typeof decision === 'string' && <StatusBadge status={decision} />}
      {typeof comment === 'string' && comment && <p className={classes.text}>{comment}</p>}
      {result !== undefined && <JsonView label="Result" value={result} />}
    </Section>
  )
}

function factsOf(task: HumanTask): Fact[] {
  return [
    { label: 'Kind', value: humanize(task.kind) },
    { label: 'Meant for', value: task.assignee ?? 'Anybody' },
    {
      label: 'Roles',
      value: task.roles.length > 0 ? task.roles.map(humanize).join(', ') : 'Any that may answer',
    },
    { label: 'Due', value: task.due_at && <Time at={task.due_at} as="full" /> },
    { label: 'Asked', value: <Time at={task.created_at} as="full" /> },
    { label: 'Flow', value: <TextLink to={paths.flow(task.flow)}>{task.flow}</TextLink> },
    { label: 'Run', value: <Subject id={task.run_id} /> },
    { label: 'Task', value: <Id value={task.human_task_id} /> },
    ...(task.ended_at
      ? [
          { label: 'Ended', value: <Time at={task.ended_at} as="full" /> },
          { label: 'Ended by', value: task.ended_by && <Actor value={task.ended_by} /> },
        ]
      : []),
  ]
}
