import { Spoiler } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { files } from '~/api/files'
import { queryClient } from '~/api/queryClient'
import { leadDetail } from '~/features/leads/queries'
import { useMay } from '~/features/session/may'
import { humanize } from '~/lib/format'
import { linkTo, TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Columns } from '~/ui/Columns'
import { DownloadButton } from '~/ui/DownloadButton'
import { JsonView } from '~/ui/JsonView'
import { Markdown } from '~/ui/markdown/Markdown'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { PageSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { DeliverableFacts } from './DeliverableFacts'
import { EditDeliverable } from './EditDeliverable'
import { deliverableDetail } from './queries'
import { type Decision, ReviewModal } from './ReviewModal'
import { ReviewSection } from './ReviewSection'

export function loader({ params: { deliverableId = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(deliverableDetail(deliverableId))
  return null
}

export function Loading() {
  return <PageSkeleton title="Deliverable" />
}

export default function DeliverablePage() {
  const { deliverableId = '' } = useParams()
  const { data: deliverable } = useSuspenseQuery(deliverableDetail(deliverableId))
  const { data: lead } = useSuspenseQuery(leadDetail(deliverable.lead_id))
  const mayReview = useMay('review:deliverables')
  const mayWrite = useMay('write:deliverables')
  const [decision, setDecision] = useState<Decision>()
  const [isEditing, editing] = useDisclosure(false)
  const { type, status, markdown, generated_markdown, content } = deliverable
  const isWaiting = status === 'pending_review'

  return (
    <Page
      title={humanize(type)}
      parent={{ label: lead.company_name, link: linkTo(paths.client(lead.client_id)) }}
      badge={<StatusBadge status={status} />}
      description={
        <>
          For <TextLink to={paths.lead(lead.lead_id)}>a lead of {lead.company_name}</TextLink>
        </>
      }
      actions={
        <>
          <DownloadButton href={files.deliverablePdf(deliverableId)}>PDF</DownloadButton>
          <ActionButton variant="default" reason={mayWrite.reason} onClick={editing.open}>
            Edit
          </ActionButton>
          <ActionButton
            variant="default"
            reason={
              mayReview.reason ?? (status === 'rejected' ? 'It is rejected already.' : undefined)
            }
            onClick={() => setDecision('reject')}
          >
            Reject
          </ActionButton>
          <ActionButton
            variant={isWaiting ? 'filled' : 'default'}
            reason={
              mayReview.reason ?? (status === 'approved' ? 'It is approved already.' : undefined)
            }
            onClick={() => setDecision('approve')}
          >
            Approve
          </ActionButton>
        </>
      }
    >
      <Columns
        main={
          <>
            <Section title="Text">
              <Markdown text={markdown} />
            </Section>
            {generated_markdown && <Generated text={generated_markdown} />}
            <JsonView label="Content as data" value={content} depth={0} />
          </>
        }
        aside={
          <>
            <ReviewSection deliverable={deliverable} />
            <DeliverableFacts deliverable={deliverable} />
          </>
        }
      />
      <EditDeliverable deliverable={deliverable} isOpen={isEditing} onClose={editing.close} />
      <ReviewModal
        deliverableId={deliverableId}
        isAttached={deliverable.is_attached}
        seenUpdatedAt={deliverable.updated_at}
        decision={decision}
        onClose={() => setDecision(undefined)}
      />
    </Page>
  )
}

/** What was generated, before anybody changed it. */
function Generated({ text }: { text: string }) {
  return (
    <Section title="As it was generated" description="Somebody changed the text by hand since.">
      <Spoiler maxHeight={160} showLabel="Show all" hideLabel="Show less">
        <Markdown text={text} />
      </Spoiler>
    </Section>
  )
}
