import { IconInbox } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import classes from './EmptyState.module.css'

type EmptyStateProps = {
  title: string
  /** How the first one comes to be, or what to do. */
  body?: ReactNode
  icon?: typeof IconInbox
  action?: ReactNode
  /** It stands instead of a page, so its title is the page's. */
  isPage?: boolean
}

export function EmptyState(props: EmptyStateProps) {
  const { title, body, icon: Icon = IconInbox, action, isPage } = props
  const Heading = isPage ? 'h1' : 'p'
  return (
    <div className={classes.state}>
      <Icon size={24} stroke={1.5} aria-hidden className={classes.icon} />
      <Heading className={classes.title}>{title}</Heading>
      {body && <p className={classes.body}>{body}</p>}
      {action && <div className={classes.action}>{action}</div>}
    </div>
  )
}
