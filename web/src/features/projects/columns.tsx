import { Progress } from '@mantine/core'

import type { Schemas } from '~/api/api'
import { formatPercent, humanize } from '~/lib/format'
import type { Column } from '~/ui/DataTable'
import { Money, None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import classes from './Projects.module.css'

type Project = Schemas['ProjectView']

export const projectColumns: readonly Column<Project>[] = [
  { header: 'Name', cell: ({ name }) => name },
  { header: 'Client', width: '17%', cell: ({ company_name }) => company_name ?? <None /> },
  {
    header: 'Status',
    width: '9.5rem',
    onPhone: 'aside',
    cell: ({ status }) => <StatusBadge status={status} look="plain" />,
  },
  {
    header: 'Progress',
    width: '9rem',
    cell: ({ completion_percentage }) => <Completion percentage={completion_percentage} />,
  },
  {
    header: 'Next milestone',
    width: '14%',
    from: 'md',
    cell: ({ next_milestone }) => (next_milestone ? humanize(next_milestone) : <None />),
  },
  {
    header: 'Paid',
    width: '8rem',
    align: 'right',
    cell: ({ amount_paid }) => <Money value={amount_paid} />,
  },
  {
    header: 'Updated',
    width: '7.5rem',
    align: 'right',
    cell: ({ updated_at }) => <Time at={updated_at} />,
  },
]

export function Completion({ percentage }: { percentage: number }) {
  const share = formatPercent(percentage / 100)
  return (
    <span className={classes.completion}>
      <Progress
        size={4}
        value={percentage}
        className={classes.bar ?? ''}
        aria-label={`${share} complete`}
      />
      {share}
    </span>
  )
}
