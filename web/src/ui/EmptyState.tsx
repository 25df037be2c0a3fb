import { IconInbox } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import classes from './EmptyState.module.css'

type EmptyStateProps = {
  title: string
  /** How the first one comes to be, or what to do. */
  body?: ReactNode
  icon?: typeof IconInbox
  action?: ReactNode
}

export function EmptyState({ title, body, icon: Icon = IconInbox, action }: EmptyStateProps) {
  return (
    <div className={classes.state}>
      <Icon size={24} stroke={1.5} aria-hidden className={classes.icon} />
      <p className={classes.title}>{title}</p>
      {body && <p className={classes.body}>{body}</p>}
      {action && <div className={classes.action}>{action}</div>}
    </div>
  )
}
