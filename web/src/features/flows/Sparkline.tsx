import { formatDateTime, plural } from '~/lib/format'
import classes from './Sparkline.module.css'
import type { FlowPoint } from './types'

type SparklineProps = { series: readonly FlowPoint[] }

const HEIGHT = 22
const WIDTH = 140
const WIDEST = 14

/** How many runs completed and how many faulted over time, as bars. */
export function Sparkline({ series }: SparklineProps) {
  const most = Math.max(1, ...series.map(({ completed, faulted }) => completed + faulted))
  const step = Math.min(WIDTH / Math.max(series.length, 1), WIDEST)
  const bar = step - 1.5
  const total = series.reduce((sum, { runs }) => sum + runs, 0)
  return (
    <svg
      className={classes.sparkline}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={plural(total, 'run')}
    >
      {series.map(({ at, completed, faulted }, index) => {
        const good = scaled(completed, most)
        const bad = scaled(faulted, most)
        const x = index * step
        return (
          <g key={at}>
            <title>{`${formatDateTime(at)}: ${completed} completed, ${faulted} faulted`}</title>
            <rect className={classes.none} x={x} y={HEIGHT - 1} width={bar} height={1} />
            <rect className={classes.completed} x={x} y={HEIGHT - good} width={bar} height={good} />
            <rect
              className={classes.faulted}
              x={x}
              y={HEIGHT - good - bad}
              width={bar}
              height={bad}
            />
          </g>
        )
      })}
    </svg>
  )
}

function scaled(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT)
}
