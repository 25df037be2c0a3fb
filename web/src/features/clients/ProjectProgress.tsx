import { Progress } from '@mantine/core'
import { IconCircle, IconCircleCheck } from '@tabler/icons-react'

import type { Schemas } from '~/api/api'
import { formatDate } from '~/lib/format'
import classes from './ProjectProgress.module.css'

type ProjectProgressProps = { project: Schemas['ProjectDetail'] }

/** A project's milestones at a glance. */
export function ProjectProgress({ project }: ProjectProgressProps) {
  const { completion_percentage, milestones } = project
  return (
    <div className={classes.progress}>
      <Progress
        size={4}
        value={completion_percentage}
        aria-label={`${completion_percentage} % complete`}
        title={`${completion_percentage} % complete`}
      />
      <ul className={classes.milestones}>
        {milestones.map(({ milestone_id, name, completed_at, target_date }) => (
          <li key={milestone_id} className={classes.milestone}>
            {completed_at ? (
              <IconCircleCheck size={13} aria-label="Completed" className={classes.done} />
            ) : (
              <IconCircle size={13} aria-label="Open" />
            )}
            <span className={classes.name}>{name}</span>
            {!completed_at && target_date && formatDate(target_date)}
          </li>
        ))}
      </ul>
    </div>
  )
}
