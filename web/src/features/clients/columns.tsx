import type { Schemas } from '~/api/api'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'

type Client = Schemas['ClientView']

export const clientColumns: readonly Column<Client>[] = [
  { header: 'Company', cell: ({ company_name }) => company_name },
  {
    header: 'Stage',
    width: '7.5rem',
    onPhone: 'aside',
    cell: ({ stage }) => <StatusBadge status={stage} look="plain" />,
  },
  { header: 'Contact', width: '15%', cell: ({ contact_name }) => contact_name ?? <None /> },
  {
    header: 'E-mail',
    width: '21%',
    cell: ({ email }) => <span className="h-muted">{email}</span>,
  },
  { header: 'Industry', width: '11%', from: 'lg', cell: ({ industry }) => industry ?? <None /> },
  {
    header: 'In stage since',
    width: '7.5rem',
    align: 'right',
    cell: ({ stage_since }) => <Time at={stage_since} />,
  },
  {
    header: 'Changed',
    width: '7.5rem',
    align: 'right',
    from: 'md',
    cell: ({ updated_at }) => <Time at={updated_at} />,
  },
]
