import type { ReactNode } from 'react'

import classes from './Stat.module.css'
import type { Tone } from './status'
import tones from './tone.module.css'

type StatProps = {
  label: string
  value: ReactNode
  /** What it compares to, or what it counts. */
  hint?: ReactNode
  tone?: Tone
  /** A sparkline. */
  chart?: ReactNode
}

export function Stat({ label, value, hint, tone, chart }: StatProps) {
  return (
    <div className={[classes.stat, tone && tones[tone]].filter(Boolean).join(' ')}>
      <span className={classes.label}>{label}</span>
      <span className={tone ? classes.toned : classes.value}>{value}</span>
      {hint && <span className={classes.hint}>{hint}</span>}
      {chart}
    </div>
  )
}

/** Figures beside each other, as many in a line as fit. */
export function Stats({ children }: { children: ReactNode }) {
  return <div className={classes.stats}>{children}</div>
}
