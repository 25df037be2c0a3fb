import type { Schemas } from '~/api/api'
import type { Column } from '~/ui/DataTable'
import { Described } from '~/ui/Described'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { kindOf, timesOf } from './kinds'

type Alert = Schemas['AlertView']

export const alertColumns: readonly Column<Alert>[] = [
  {
    header: 'Alert',
    cell: ({ title }) => (
      <span title={title}>
        <Described text={title} />
      </span>
    ),
  },
  {
    header: 'Severity',
    width: '7rem',
    onPhone: 'aside',
    cell: ({ severity }) => <StatusBadge status={severity} look="plain" />,
  },
  {
    header: 'Kind',
    width: '12rem',
    cell: ({ kind }) => (
      <span className="h-muted" title={kind}>
        {kindOf(kind).label}
      </span>
    ),
  },
  {
    header: 'Happened',
    width: '6rem',
    align: 'right',
    onPhone: 'hidden',
    cell: timesOf,
  },
  {
    header: 'First',
    width: '7.5rem',
    align: 'right',
    from: 'lg',
    cell: ({ first_at }) => <Time at={first_at} />,
  },
  {
    header: 'Last',
    width: '7.5rem',
    align: 'right',
    cell: ({ last_at }) => <Time at={last_at} />,
  },
]
