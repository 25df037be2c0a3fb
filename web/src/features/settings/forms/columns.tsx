import type { Schemas } from '~/api/api'
import { formatCount } from '~/lib/format'
import { Subject } from '~/lib/subjects'
import type { Column } from '~/ui/DataTable'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'

export function FormState({ isActive, look }: { isActive: boolean; look?: 'plain' }) {
  return <StatusBadge status={isActive ? 'active' : 'closed'} {...(look && { look })} />
}

export const formColumns: readonly Column<Schemas['IntakeForm']>[] = [
  { header: 'Title', cell: ({ title }) => title },
  {
    header: 'Status',
    width: '7rem',
    onPhone: 'aside',
    cell: ({ is_active }) => <FormState isActive={is_active} look="plain" />,
  },
  {
    header: 'Questions',
    width: '6rem',
    align: 'right',
    cell: ({ fields }) => formatCount(fields.length),
  },
  {
    header: 'Source of its leads',
    width: '12rem',
    from: 'md',
    cell: ({ source }) => <span className="h-muted">{source}</span>,
  },
  {
    header: 'Updated',
    width: '7.5rem',
    align: 'right',
    cell: ({ updated_at }) => <Time at={updated_at} />,
  },
]

export const submissionColumns: readonly Column<Schemas['IntakeSubmission']>[] = [
  { header: 'Company', cell: ({ intake }) => textOf(intake, 'company_name') },
  {
    header: 'E-mail',
    width: '34%',
    from: 'md',
    cell: ({ intake }) => <span className="h-muted">{textOf(intake, 'contact_email')}</span>,
  },
  { header: 'Lead', width: '9rem', cell: ({ lead_id }) => <Subject id={lead_id} /> },
  {
    header: 'Submitted',
    width: '7.5rem',
    align: 'right',
    onPhone: 'aside',
    cell: ({ submitted_at }) => <Time at={submitted_at} />,
  },
]

function textOf(intake: unknown, name: string): string {
  if (typeof intake !== 'object' || intake === null) return ''
  return String(Object.entries(intake).find(([key]) => key === name)?.[1] ?? '')
}
