import type { Schemas } from '~/api/api'
import { Actor } from '~/features/actors/Actor'
import { KeyValue } from '~/ui/KeyValue'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'

type ReviewSectionProps = { deliverable: Schemas['DeliverableDetail'] }

export function ReviewSection({ deliverable }: ReviewSectionProps) {
  const { status, is_attached, reviewed_by, reviewed_at, review_note } = deliverable
  const isReviewed = reviewed_at !== undefined
  return (
    <Section title="Review">
      <KeyValue
        facts={[
          { label: 'Status', value: <StatusBadge status={status} look="plain" /> },
          {
            label: 'In the proposal',
            value: is_attached ? 'Included' : 'Not before it is approved',
          },
          ...(isReviewed
            ? [
                { label: 'By', value: reviewed_by && <Actor value={reviewed_by} /> },
                { label: 'At', value: <Time at={reviewed_at} as="full" /> },
                { label: 'Note', value: review_note },
              ]
            : []),
        ]}
      />
    </Section>
  )
}
