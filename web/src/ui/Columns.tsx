import type { ReactNode } from 'react'

import classes from './Columns.module.css'

type ColumnsProps = { main: ReactNode; aside: ReactNode }

/** A page in two columns: what it is about, and the facts beside it. One below the other on phones. */
export function Columns({ main, aside }: ColumnsProps) {
  return (
    <div className={classes.columns}>
      <div className={classes.stack}>{main}</div>
      <aside className={classes.stack}>{aside}</aside>
    </div>
  )
}
