import { Link } from 'react-router'

import { formatCount } from '~/lib/format'
import tones from '~/ui/tone.module.css'
import classes from './Counts.module.css'
import { GROUPS } from './groups'
import { COUNTED_TO, type Group, type GroupName } from './items'

type CountsProps = {
  groups: readonly Group[]
  only: GroupName | undefined
}

/** How many of each kind wait. Pressing one shows that kind alone; pressing it again, all. */
export function Counts({ groups, only }: CountsProps) {
  return (
    <nav className={classes.counts} aria-label="What waits, by kind">
      {groups.map(({ name, count }) => {
        const { title, tone } = GROUPS[name]
        const isCurrent = only === name
        return (
          <Link
            key={name}
            to={{ search: isCurrent ? '' : `only=${name}` }}
            replace
            className={`${classes.count} ${count > 0 ? tones[tone] : classes.zero}`}
            {...(isCurrent && { 'aria-current': true })}
          >
            <span className={classes.number}>{countText(count)}</span>
            <span className={classes.label}>{title}</span>
          </Link>
        )
      })}
    </nav>
  )
}

export function countText(count: number): string {
  return count >= COUNTED_TO ? `${formatCount(COUNTED_TO)}+` : formatCount(count)
}
