import { humanize } from '~/lib/format'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import type { HumanTask } from './types'

export const taskColumns: readonly Column<HumanTask>[] = [
  { header: 'Task', cell: ({ title }) => <span title={title}>{title}</span> },
  {
    header: 'Status',
    width: '8rem',
    onPhone: 'aside',
    cell: ({ status, is_overdue }) => (
      <StatusBadge status={is_overdue ? 'overdue' : status} look="plain" />
    ),
  },
  { header: 'Kind', width: '8rem', from: 'md', cell: ({ kind }) => humanize(kind) },
  {
    header: 'For',
    width: '14%',
    cell: ({ assignee, roles }) =>
      assignee ?? (roles.length > 0 ? roles.map(humanize).join(', ') : 'Anybody'),
  },
  {
    header: 'Flow',
    width: '17%',
    from: 'md',
    cell: ({ flow }) => <span className="h-muted">{flow}</span>,
  },
  {
    header: 'Due',
    width: '7.5rem',
    align: 'right',
    cell: ({ due_at }) => (due_at ? <Time at={due_at} /> : <None />),
  },
  {
    header: 'Asked',
    width: '7.5rem',
    align: 'right',
    from: 'md',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
]
