import type { ReactNode } from 'react'

import { statusLook } from './status'
import { Time } from './Time'
import classes from './Timeline.module.css'
import tones from './tone.module.css'

export type TimelineItem = {
  id: string
  at: string
  /** A sentence, with links where they help. */
  title: ReactNode
  /** A status word, which gives the mark its colour and icon. */
  status?: string
  /** Who did it. */
  actor?: string
  /** More of it, under the title. */
  children?: ReactNode
}

type TimelineProps = { label: string; items: readonly TimelineItem[] }

/** What happened, one below the other. */
export function Timeline({ label, items }: TimelineProps) {
  return (
    <ol className={classes.timeline} aria-label={label}>
      {items.map((item) => (
        <Entry key={item.id} {...item} />
      ))}
    </ol>
  )
}

function Entry({ at, title, status, actor, children }: TimelineItem) {
  const look = statusLook(status ?? 'none')
  const Icon = look.icon
  return (
    <li className={classes.item}>
      <span className={`${classes.mark} ${tones[look.tone]}`} title={status && look.label}>
        {status ? <Icon size={13} aria-label={look.label} /> : <span className={classes.dot} />}
      </span>
      <div className={classes.content}>
        <div className={classes.line}>
          <span className={classes.title}>{title}</span>
          <span className={classes.when}>
            {actor && <span className={classes.actor}>{actor}</span>}
            <Time at={at} />
          </span>
        </div>
        {children && <div className={classes.more}>{children}</div>}
      </div>
    </li>
  )
}
