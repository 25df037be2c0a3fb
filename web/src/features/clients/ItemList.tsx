import type { ReactNode } from 'react'
import { Link } from 'react-router'

import classes from './ItemList.module.css'

export type ListItem = {
  key: string
  title: ReactNode
  /** Where it leads, or what it opens. */
  to?: string
  onOpen?: () => void
  /** At the right end: a status. */
  aside?: ReactNode
  /** Under the title. */
  more?: ReactNode
}

type ItemListProps = { label: string; items: readonly ListItem[] }

/** Things of a client in a narrow column. */
export function ItemList({ label, items }: ItemListProps) {
  return (
    <ul className={classes.list} aria-label={label}>
      {items.map(({ key, title, to, onOpen, aside, more }) => (
        <li key={key} className={classes.item}>
          <div className={classes.line}>
            {to && (
              <Link to={to} className={classes.title}>
                {title}
              </Link>
            )}
            {onOpen && (
              <button type="button" onClick={onOpen} className={classes.title}>
                {title}
              </button>
            )}
            {aside}
          </div>
          {more && <div className={classes.more}>{more}</div>}
        </li>
      ))}
    </ul>
  )
}
