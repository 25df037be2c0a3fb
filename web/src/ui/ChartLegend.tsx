import { formatCount } from '~/lib/format'
import classes from './ChartLegend.module.css'
import type { Tone } from './status'
import tones from './tone.module.css'

type ChartLegendProps = {
  entries: readonly {
    name: string
    value: number | string
    /** Its colour in the chart, if it is in there. */
    tone?: Tone
    hint?: string
  }[]
}

/** The sums over a chart, each beside its colour. */
export function ChartLegend({ entries }: ChartLegendProps) {
  return (
    <ul className={classes.legend}>
      {entries.map(({ name, value, tone, hint }) => (
        <li key={name} className={classes.entry} title={hint}>
          {tone && <span className={`${classes.dot} ${tones[tone]}`} />}
          {name}
          <strong className={classes.value}>
            {typeof value === 'number' ? formatCount(value) : value}
          </strong>
        </li>
      ))}
    </ul>
  )
}
