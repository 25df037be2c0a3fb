import type { Schemas } from '~/api/api'
import type { Column } from '~/ui/DataTable'
import { Money } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { shownStatus } from './status'

type Invoice = Schemas['InvoiceView']

export const invoiceColumns: readonly Column<Invoice>[] = [
  { header: 'Number', width: '8rem', cell: ({ number }) => number },
  {
    header: 'Status',
    width: '7rem',
    onPhone: 'aside',
    cell: (invoice) => <StatusBadge status={shownStatus(invoice)} look="plain" />,
  },
  { header: 'Client', width: '26%', cell: ({ company_name }) => company_name },
  {
    header: 'For',
    cell: ({ milestone, description }) => (
      <span className="h-muted" title={description}>
        {milestone ?? description}
      </span>
    ),
  },
  {
    header: 'Amount',
    width: '9rem',
    align: 'right',
    cell: ({ amount }) => <Money value={amount} />,
  },
  { header: 'Due', width: '7.5rem', align: 'right', cell: ({ due_at }) => <Time at={due_at} /> },
  {
    header: 'Issued',
    width: '7.5rem',
    align: 'right',
    from: 'md',
    cell: ({ issued_at }) => <Time at={issued_at} />,
  },
]
