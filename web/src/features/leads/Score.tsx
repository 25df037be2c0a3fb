import { None } from '~/ui/Money'
import classes from './Score.module.css'

const HIGHEST = 10

type ScoreProps = { value: number | undefined }

/** How complex a lead is, from 1 to 10. */
export function Score({ value }: ScoreProps) {
  if (value === undefined) return <None />
  return (
    <span className={classes.score} title={`Complexity ${value} of ${HIGHEST}`}>
      <span className={classes.scale} aria-hidden>
        <span className={classes.filled} style={{ width: `${(value / HIGHEST) * 100}%` }} />
      </span>
      {value}
      <span className="h-faint">/{HIGHEST}</span>
    </span>
  )
}
