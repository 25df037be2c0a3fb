import { useSuspenseQuery } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { humanize } from '~/lib/format'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { type Column, DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { deliverablesOfLead } from './queries'

type Deliverable = Schemas['DeliverableView']

const COLUMNS: readonly Column<Deliverable>[] = [
  { header: 'Type', cell: ({ type }) => humanize(type) },
  {
    header: 'Status',
    width: '9.5rem',
    onPhone: 'aside',
    cell: ({ status }) => <StatusBadge status={status} look="plain" />,
  },
  {
    header: 'Written by',
    width: '28%',
    cell: ({ ai_model }) => <span className="h-muted">{ai_model}</span>,
  },
  {
    header: 'Written',
    width: '7.5rem',
    align: 'right',
    cell: ({ generated_at }) => <Time at={generated_at} />,
  },
]

type DeliverablesSectionProps = { leadId: string }

export function DeliverablesSection({ leadId }: DeliverablesSectionProps) {
  const { data } = useSuspenseQuery(deliverablesOfLead(leadId))
  const toReview = data.items.filter(({ status }) => status === 'pending_review').length
  return (
    <Section title="Deliverables" aside={toReview > 0 && `${toReview} to review`} isFlush>
      <DataTable
        label="Deliverables"
        rows={data.items}
        columns={COLUMNS}
        rowKey={({ deliverable_id }) => deliverable_id}
        rowLink={({ deliverable_id }) => linkTo(paths.deliverable(deliverable_id))}
        empty={
          <EmptyState
            title="No deliverables yet"
            body="They are written by the intake flow once the lead is assessed."
          />
        }
      />
    </Section>
  )
}
