import type { Schemas } from '~/api/api'
import { STATUSES } from '~/ui/status'
import { STAGES } from './queries'
import classes from './StageTrack.module.css'

type StageTrackProps = { stage: Schemas['Stage'] }

const WAY: readonly Schemas['Stage'][] = STAGES.filter((stage) => stage !== 'lost')

/** How far a client has come. One that was lost is on no such way. */
export function StageTrack({ stage }: StageTrackProps) {
  if (stage === 'lost') return null
  const reached = WAY.indexOf(stage)
  return (
    <ol className={classes.track} aria-label="Stages">
      {WAY.map((one, index) => (
        <li
          key={one}
          className={classes.stage}
          data-reached={index <= reached || undefined}
          {...(one === stage && { 'aria-current': 'step' })}
        >
          {STATUSES[one].label}
        </li>
      ))}
    </ol>
  )
}
