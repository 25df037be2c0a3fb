import { Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

import classes from './Section.module.css'

type SectionProps = {
  title: string
  /** Beside the title: a count, a status. */
  aside?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  /** Without the inner space, for tables and lists that reach the border. */
  isFlush?: boolean
  children: ReactNode
}

/** A part of a page with a title, in a box. */
export function Section({ title, aside, description, actions, isFlush, children }: SectionProps) {
  const titleId = useId()
  return (
    <section className={classes.section} aria-labelledby={titleId}>
      <header className={classes.header}>
        <div className={classes.heading}>
          <Title order={2} id={titleId} className={classes.title}>
            {title}
          </Title>
          {aside && <span className={classes.aside}>{aside}</span>}
          {description && <p className={classes.description}>{description}</p>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      <div className={isFlush ? classes.flush : classes.body}>{children}</div>
    </section>
  )
}
