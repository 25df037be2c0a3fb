import { Group } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { queryClient } from '~/api/queryClient'
import { PermissionGate, useMay } from '~/features/session/may'
import { humanize, plural } from '~/lib/format'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Columns } from '~/ui/Columns'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { Page } from '~/ui/Page'
import { BoxSkeleton, PageSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { AssessmentForm } from './AssessmentForm'
import { AssessmentSection } from './AssessmentSection'
import { DeliverablesSection } from './DeliverablesSection'
import { IntakeSection } from './IntakeSection'
import { ClientSection, OriginSection, SaleSection, TeamSection } from './LeadFacts'
import { deliverablesOfLead, leadDetail } from './queries'
import { SaleForm } from './SaleForm'
import { TeamForm } from './TeamForm'

export function loader({ params: { leadId = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(leadDetail(leadId))
  void queryClient.prefetchQuery(deliverablesOfLead(leadId))
  return null
}

export function Loading() {
  return <PageSkeleton title="Lead" />
}

type Editing = 'assessment' | 'sale' | 'team'

const FORM_TITLES: Record<Editing, string> = {
  assessment: 'Assess the lead',
  sale: 'Update the sale',
  team: 'Change the team',
}

export default function LeadPage() {
  const { leadId = '' } = useParams()
  const { data: lead } = useSuspenseQuery(leadDetail(leadId))
  const [editing, setEditing] = useState<Editing>()
  const mayWrite = useMay('write:leads')
  const isAssessed = lead.complexity_score !== undefined
  const form = { lead, onDone: () => setEditing(undefined) }

  return (
    <Page
      title={lead.company_name}
      parent={{ label: 'Leads', link: linkTo(paths.leads()) }}
      badge={<StatusBadge status={lead.status} />}
      description={
        <>
          From {humanize(lead.source)}, <Time at={lead.created_at} />
          {lead.submissions > 1 && `, submitted ${plural(lead.submissions, 'time')}`}
        </>
      }
      actions={
        <Group gap="xs">
          <ActionButton
            variant="default"
            reason={mayWrite.reason}
            onClick={() => setEditing('sale')}
          >
            Update sale
          </ActionButton>
          <ActionButton
            variant={isAssessed ? 'default' : 'filled'}
            reason={mayWrite.reason}
            onClick={() => setEditing('assessment')}
          >
            {isAssessed ? 'Assess again' : 'Assess'}
          </ActionButton>
        </Group>
      }
    >
      <Columns
        main={
          <>
            <AssessmentSection lead={lead} />
            <PermissionGate permission="read:deliverables">
              <Suspense fallback={<BoxSkeleton />}>
                <DeliverablesSection leadId={leadId} />
              </Suspense>
            </PermissionGate>
            <IntakeSection intake={lead.intake} />
          </>
        }
        aside={
          <>
            <ClientSection lead={lead} />
            <SaleSection lead={lead} />
            <TeamSection
              lead={lead}
              onChange={() => setEditing('team')}
              cannotChange={mayWrite.reason}
            />
            <OriginSection lead={lead} />
          </>
        }
      />
      <DetailDrawer
        isOpen={editing !== undefined}
        onClose={() => setEditing(undefined)}
        title={editing && FORM_TITLES[editing]}
      >
        {editing === 'assessment' && <AssessmentForm {...form} />}
        {editing === 'sale' && <SaleForm {...form} />}
        {editing === 'team' && <TeamForm {...form} />}
      </DetailDrawer>
    </Page>
  )
}
