import { Place } from '~/features/flows/diagram/Place'
import { formatCount, formatDuration } from '~/lib/format'
import { EmptyState } from '~/ui/EmptyState'
import { statusLook } from '~/ui/status'
import tones from '~/ui/tone.module.css'
import type { Activation } from './activations'
import { barsOf, type GanttRow, ticksOf } from './bars'
import type { Run } from './contract'
import classes from './Gantt.module.css'

type GanttProps = {
  run: Run
  activations: readonly Activation[]
  selected: string | undefined
  onSelect: (pointer: string) => void
}

const ROWS_MAX = 300

/** When each step was done and how long it took, on the run’s own scale of time. */
export function Gantt({ run, activations, selected, onSelect }: GanttProps) {
  const { rows, length } = barsOf(run, activations)
  if (rows.length === 0) return <EmptyState title="Nothing took any time yet" />
  return (
    <div className={classes.pane}>
      <div className={classes.scale} aria-hidden>
        {ticksOf(length).map((tick) => (
          <span key={tick} className={classes.tick} style={{ left: share(tick, length) }}>
            {formatDuration(tick)}
          </span>
        ))}
      </div>
      <ol className={classes.rows} aria-label="Timeline of the steps">
        {rows.slice(0, ROWS_MAX).map((row) => (
          <li key={row.id}>
            <button
              type="button"
              className={classes.row}
              aria-current={row.pointer === selected || undefined}
              onClick={() => onSelect(row.pointer)}
            >
              <span className={classes.label}>
                <Place pointer={row.pointer} />
              </span>
              <span className={classes.track}>
                <Bars row={row} length={length} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {rows.length > ROWS_MAX && (
        <p className={classes.note}>
          The first {formatCount(ROWS_MAX)} of {formatCount(rows.length)} steps.
        </p>
      )}
    </div>
  )
}

function Bars({ row, length }: { row: GanttRow; length: number }) {
  return row.bars.map((bar) => {
    const look = statusLook(bar.status)
    const took = `${look.label}, ${formatDuration(bar.to - bar.from)}`
    const words = row.function ? `${row.function}: ${took}` : took
    return (
      <span
        key={bar.id}
        className={`${classes.bar} ${tones[look.tone]}`}
        data-open={bar.isOpen || undefined}
        style={{ left: share(bar.from, length), width: share(bar.to - bar.from, length) }}
        title={words}
        role="img"
        aria-label={words}
      />
    )
  })
}

function share(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(3)}%`
}
