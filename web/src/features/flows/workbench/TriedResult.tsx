import { Alert } from '@mantine/core'

import { formatDuration } from '~/lib/format'
import { JsonView } from '~/ui/JsonView'
import { StatusBadge } from '~/ui/StatusBadge'
import { Place } from '../diagram/Place'
import { asRecord } from '../model/values'
import type { TriedFlow, TriedTask } from '../types'
import classes from './TryPane.module.css'

type TriedResultProps = {
  tried: TriedFlow
  selected: string | undefined
  onSelect: (pointer: string | undefined) => void
}

/** What came of a trial: its end, and each task with what went in and out. */
export function TriedResult({ tried, selected, onSelect }: TriedResultProps) {
  const { status, started_at, ended_at, error, output, emitted, unused_answers } = tried
  const took = new Date(ended_at).getTime() - new Date(started_at).getTime()
  const { title, detail } = asRecord(error)
  return (
    <>
      <div className={classes.facts} role="status">
        <StatusBadge status={status} />
        <span>{`after ${formatDuration(took)} by its own clock`}</span>
        {tried.is_cut && <span>Some of it is left out, as it is too much.</span>}
      </div>
      {tried.stands_still && <Alert color="yellow">It stands still: {tried.stands_still}.</Alert>}
      {error !== undefined && (
        <Alert color="red" title={String(title ?? 'Faulted')}>
          {typeof detail === 'string' ? detail : undefined}
        </Alert>
      )}
      {unused_answers.length > 0 && (
        <Alert color="yellow">No call asked for the answer of {unused_answers.join(', ')}.</Alert>
      )}
      <ol className={classes.tasks} aria-label="Tasks in order">
        {tried.tasks.map((task, index) => (
          // A task may begin several times at the same moment.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
          <li key={index}>
            <TriedRow
              task={task}
              by={tried.calls.find((call) => call.task === task.task)?.answered_by}
              isOpen={selected === task.task}
              onToggle={() => onSelect(selected === task.task ? undefined : task.task)}
            />
          </li>
        ))}
      </ol>
      {output !== undefined && <JsonView label="Output of the run" value={output} />}
      {emitted.length > 0 && <JsonView label="Events that it emitted" value={emitted} depth={1} />}
    </>
  )
}

const ANSWERED: Record<string, string> = {
  given: 'answer given',
  sample: 'sample answer',
  flow: 'flow tried',
}

type TriedRowProps = {
  task: TriedTask
  by: string | undefined
  isOpen: boolean
  onToggle: () => void
}

function TriedRow({ task, by, isOpen, onToggle }: TriedRowProps) {
  const { outcome = 'waiting', input, output, error } = task
  return (
    <>
      <button type="button" className={classes.task} aria-expanded={isOpen} onClick={onToggle}>
        <span className={classes.name}>
          <Place pointer={task.task} />
        </span>
        {by && <span className={classes.by}>{ANSWERED[by] ?? by}</span>}
        <StatusBadge status={outcome} look="plain" />
      </button>
      {isOpen && (
        <div className={classes.values}>
          {input !== undefined && <JsonView label="In" value={input} />}
          {output !== undefined && <JsonView label="Out" value={output} />}
          {error !== undefined && <JsonView label="Error" value={error} />}
        </div>
      )}
    </>
  )
}
