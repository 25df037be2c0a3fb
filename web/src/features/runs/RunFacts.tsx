import { Actor } from '~/features/actors/Actor'
import { plural } from '~/lib/format'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Id } from '~/ui/CopyButton'
import { Duration } from '~/ui/Duration'
import { Time } from '~/ui/Time'
import type { Run } from './contract'
import { costOf, formatCost } from './cost'
import classes from './RunPage.module.css'

/** What a run is, in one line. */
export function RunFacts({ run }: { run: Run }) {
  const cost = costOf(run.calls)
  return (
    <div className={classes.facts}>
      <span>
        <TextLink to={paths.flow(run.flow)}>{run.flow}</TextLink> {run.version}
      </span>
      {run.client_id && (
        <span>
          for <TextLink to={paths.client(run.client_id)}>{run.company_name}</TextLink>
        </span>
      )}
      <Id value={run.run_id} />
      <span>
        started <Time at={run.started_at} as="full" /> by <Actor value={run.started_by} />
      </span>
      {run.ended_at && (
        <span>
          took <Duration from={run.started_at} to={run.ended_at} />
        </span>
      )}
      {cost.calls > 0 && (
        <span>
          {plural(cost.calls, 'AI call')}, {formatCost(cost.micros)}
        </span>
      )}
    </div>
  )
}
