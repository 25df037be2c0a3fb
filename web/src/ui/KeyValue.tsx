import type { ReactNode } from 'react'

import classes from './KeyValue.module.css'
import { None } from './Money'

export type Fact = {
  label: string
  value: ReactNode
  /** What the label means, on hover. */
  hint?: string
}

type KeyValueProps = {
  facts: readonly Fact[]
  /** `stacked` puts labels over values, for narrow columns. */
  layout?: 'beside' | 'stacked'
}

/** Facts of one thing. An empty value is shown as a dash, so that facts keep their places. */
export function KeyValue({ facts, layout = 'beside' }: KeyValueProps) {
  return (
    <dl className={layout === 'stacked' ? classes.stacked : classes.beside}>
      {facts.map(({ label, value, hint }) => (
        <div key={label} className={classes.fact}>
          <dt className={classes.label} title={hint}>
            {label}
          </dt>
          <dd className={classes.value}>
            {value === undefined || value === null || value === '' ? <None /> : value}
          </dd>
        </div>
      ))}
    </dl>
  )
}
