import { useSuspenseQueries } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { deliverablesOfLead } from '~/features/leads/queries'
import { humanize } from '~/lib/format'
import { paths } from '~/lib/paths'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { ItemList } from './ItemList'
import { ProposalLine } from './ProposalLine'
import { mayHaveProposal } from './proposals'

type ClientDeliverablesProps = { leads: readonly Schemas['LeadView'][] }

export function ClientDeliverables({ leads }: ClientDeliverablesProps) {
  const answers = useSuspenseQueries({
    queries: leads.map(({ lead_id }) => deliverablesOfLead(lead_id)),
  })
  const deliverables = answers.flatMap(({ data }) => data.items)
  const toReview = deliverables.filter(({ status }) => status === 'pending_review').length
  const withProposal = leads.filter((_, index) => mayHaveProposal(answers[index]?.data.items ?? []))
  if (deliverables.length === 0) return null
  return (
    <Section
      title="Deliverables"
      aside={toReview > 0 ? `${toReview} to review` : deliverables.length}
      isFlush
    >
      <ItemList
        label="Deliverables"
        items={deliverables.map(({ deliverable_id, type, status, ai_model, generated_at }) => ({
          key: deliverable_id,
          to: paths.deliverable(deliverable_id),
          title: humanize(type),
          aside: <StatusBadge status={status} look="plain" />,
          more: (
            <>
              {ai_model}, <Time at={generated_at} />
            </>
          ),
        }))}
      />
      {withProposal.map(({ lead_id }) => (
        <ProposalLine key={lead_id} leadId={lead_id} />
      ))}
    </Section>
  )
}
