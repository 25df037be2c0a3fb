import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { Actor } from '~/features/actors/Actor'
import { useMay } from '~/features/session/may'
import { useSession } from '~/features/session/session'
import { CompleteForm } from '~/features/tasks/CompleteForm'
import { DecideForm } from '~/features/tasks/DecideForm'
import { taskDetail } from '~/features/tasks/queries'
import { answerReason } from '~/features/tasks/reasons'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Subject } from '~/lib/subjects'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { Markdown } from '~/ui/markdown/Markdown'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { Fetched } from './Fetched'

type TaskDetailsProps = { humanTaskId: string }

/** What a run asks for, and the form to answer it while it waits. */
export function TaskDetails({ humanTaskId }: TaskDetailsProps) {
  const query = useQuery(taskDetail(humanTaskId))
  return (
    <Fetched query={query}>
      {(task) => (
        <>
          <Stack gap={4}>
            <strong>{task.title}</strong>
            {task.description && <Markdown text={task.description} />}
          </Stack>
          <KeyValue
            facts={[
              { label: 'Status', value: <StatusBadge status={task.status} look="plain" /> },
              { label: 'For', value: task.assignee ?? task.roles.join(', ') },
              { label: 'Asked', value: <Time at={task.created_at} as="full" /> },
              { label: 'Due', value: <Time at={task.due_at} as="full" /> },
              ...(task.ended_at
                ? [
                    { label: 'Answered', value: <Time at={task.ended_at} as="full" /> },
                    {
                      label: 'Answered by',
                      value: task.ended_by && <Actor value={task.ended_by} />,
                    },
                  ]
                : []),
              { label: 'Run', value: <Subject id={task.run_id} /> },
              {
                label: 'Task',
                value: <TextLink to={paths.task(task.human_task_id)}>Open its page</TextLink>,
              },
            ]}
          />
          {task.details !== undefined && <JsonView label="Details" value={task.details} />}
          {task.outcome !== undefined && <JsonView label="Outcome" value={task.outcome} />}
          {task.status === 'open' && <Answer task={task} />}
        </>
      )}
    </Fetched>
  )
}

function Answer({ task }: { task: Schemas['HumanTaskView'] }) {
  const may = useMay('write:human_tasks')
  const { role } = useSession()
  const reason = may.reason ?? answerReason(task, role)
  const Form = task.kind === 'approval' ? DecideForm : CompleteForm
  return <Form task={task} reason={reason} />
}
