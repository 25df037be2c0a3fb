import type { Schemas } from '~/api/api'
import { formatCount, humanize } from '~/lib/format'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { Score } from './Score'

type Lead = Schemas['LeadView']

export const leadColumns: readonly Column<Lead>[] = [
  { header: 'Company', cell: ({ company_name }) => company_name },
  {
    header: 'Status',
    width: '7rem',
    onPhone: 'aside',
    cell: ({ status }) => <StatusBadge status={status} look="plain" />,
  },
  {
    header: 'Complexity',
    width: '8rem',
    cell: ({ complexity_score }) => <Score value={complexity_score} />,
  },
  {
    header: 'Hours',
    width: '5rem',
    align: 'right',
    onPhone: 'hidden',
    cell: ({ estimated_hours }) =>
      estimated_hours === undefined ? <None /> : formatCount(estimated_hours),
  },
  {
    header: 'Package',
    width: '6.5rem',
    onPhone: 'hidden',
    cell: ({ recommended_package }) =>
      recommended_package ? humanize(recommended_package) : <None />,
  },
  {
    header: 'Contact',
    width: '21%',
    from: 'md',
    cell: ({ contact_email }) => <span className="h-muted">{contact_email}</span>,
  },
  {
    header: 'Source',
    width: '8.5rem',
    from: 'lg',
    cell: ({ source }) => <span className="h-muted">{humanize(source)}</span>,
  },
  {
    header: 'Received',
    width: '7.5rem',
    align: 'right',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
]
