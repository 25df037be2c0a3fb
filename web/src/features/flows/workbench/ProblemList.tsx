import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconLoader2 } from '@tabler/icons-react'

import { messageOf as describeProblem } from '~/api/problem'
import { plural } from '~/lib/format'
import { messageOf } from '../problems'
import type { FlowProblem } from '../types'
import type { Draft } from './draft'
import classes from './ProblemList.module.css'

type ProblemListProps = {
  draft: Pick<Draft, 'problems' | 'isValid' | 'checkError'>
  onGoTo: (problem: FlowProblem) => void
}

/** What the checker says, under the editor. A click leads to the place. */
export function ProblemList({ draft, onGoTo }: ProblemListProps) {
  const { problems } = draft
  return (
    <section className={classes.problems} aria-label="Problems">
      <Summary {...draft} />
      {problems.length > 0 && (
        <ol className={classes.list}>
          {problems.map((problem) => (
            <li key={`${problem.line}:${problem.column} ${problem.message}`}>
              <button type="button" className={classes.problem} onClick={() => onGoTo(problem)}>
                {problem.severity === 'error' ? (
                  <IconCircleX size={14} className={classes.error} aria-label="Error" />
                ) : (
                  <IconAlertTriangle size={14} className={classes.warning} aria-label="Warning" />
                )}
                <span className={classes.message}>{messageOf(problem)}</span>
                <span className={classes.place}>
                  {problem.line}:{problem.column}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function Summary({ problems, isValid, checkError }: ProblemListProps['draft']) {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const counts = [
    errors > 0 && plural(errors, 'error'),
    warnings > 0 && plural(warnings, 'warning'),
  ].filter(Boolean)
  if (checkError) {
    return (
      <p className={classes.summary} role="status">
        <IconAlertTriangle size={14} className={classes.warning} aria-hidden />
        The check failed: {describeProblem(checkError)}
      </p>
    )
  }
  if (isValid === undefined) {
    return (
      <p className={classes.summary} role="status">
        <IconLoader2 size={14} aria-hidden /> Checking…
      </p>
    )
  }
  return (
    <p className={classes.summary} role="status">
      {isValid ? (
        <IconCircleCheck size={14} className={classes.sound} aria-hidden />
      ) : (
        <IconCircleX size={14} className={classes.error} aria-hidden />
      )}
      {counts.length > 0 ? counts.join(', ') : 'No problems'}
    </p>
  )
}
