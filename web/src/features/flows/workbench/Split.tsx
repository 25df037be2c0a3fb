import type { ReactNode } from 'react'

import classes from './Split.module.css'

type SplitProps = { left: ReactNode; right: ReactNode }

/** A diagram and what belongs to it, beside each other and as high as the window. */
export function Split({ left, right }: SplitProps) {
  return (
    <div className={classes.split}>
      <div className={classes.left}>{left}</div>
      <div className={classes.right}>{right}</div>
    </div>
  )
}
