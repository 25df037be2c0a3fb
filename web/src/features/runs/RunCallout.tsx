import { IconAlertTriangle, IconHourglass } from '@tabler/icons-react'

import { nameOf } from '~/features/flows/model/definition'
import { asRecord } from '~/features/flows/model/values'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { sentenceOf } from '~/lib/sentence'
import tones from '~/ui/tone.module.css'
import type { Run } from './contract'
import classes from './RunPage.module.css'

type RunCalloutProps = {
  run: Run
  waits: readonly string[]
  onShow: (pointer: string) => void
}

/** What needs to be known first: why it faulted, or what it waits for. */
export function RunCallout({ run, waits, onShow }: RunCalloutProps) {
  if (run.status === 'faulted') return <Fault error={run.error} onShow={onShow} />
  if (waits.length === 0) return null
  const tone = run.status === 'suspended' ? tones.warning : tones.info
  return (
    <div className={`${classes.callout} ${tone}`} role="status">
      <div className={classes.message}>
        <IconHourglass size={16} aria-hidden />
        <div className={classes.words}>
          {waits.map((sentence) => (
            <p key={sentence}>
              <WithTaskLink text={sentence} />
            </p>
          ))}
        </div>
      </div>
    </div>
  )
}

function Fault({ error, onShow }: { error: unknown; onShow: (pointer: string) => void }) {
  const { title, detail, instance, status } = asRecord(error)
  const place = typeof instance === 'string' ? instance : undefined
  const isOfTask = place?.startsWith('/do/') || place?.startsWith('/use/')
  return (
    <div className={`${classes.callout} ${tones.danger}`} role="status">
      <div className={classes.message}>
        <IconAlertTriangle size={16} aria-hidden />
        <div className={classes.words}>
          <p>
            <strong>{String(title ?? 'It faulted')}</strong>
            {typeof status === 'number' && ` (${status})`}
            {place && ' at '}
            {place && isOfTask && (
              <button type="button" className={classes.show} onClick={() => onShow(place)}>
                {nameOf(place)}
              </button>
            )}
            {place && !isOfTask && nameOf(place)}
          </p>
          {typeof detail === 'string' && <p>{sentenceOf(detail)}</p>}
        </div>
      </div>
    </div>
  )
}

const TASK_ID = /^(.*)\((htask_[0-9a-z]+)\)(.*)$/s

/** The sentence with the id of a human task as a link to it. */
function WithTaskLink({ text }: { text: string }) {
  const [, before, taskId, after] = TASK_ID.exec(text) ?? []
  if (!taskId) return text
  return (
    <>
      {before}
      <TextLink to={paths.task(taskId)}>Open the task</TextLink>
      {after}
    </>
  )
}
