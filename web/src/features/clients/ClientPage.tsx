import { Button } from '@mantine/core'
import { IconArrowsExchange, IconPencil } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { queryClient } from '~/api/queryClient'
import { MoveMenu } from '~/features/pipeline/MoveMenu'
import { useMoveClient } from '~/features/pipeline/useMoveClient'
import { PermissionGate, useMay } from '~/features/session/may'
import { ClientTimeline } from '~/features/timeline/ClientTimeline'
import { timelineFilters, timelineList } from '~/features/timeline/queries'
import { SubjectDrawer } from '~/features/timeline/SubjectDrawer'
import { parseSubject } from '~/features/timeline/subject'
import { todayQuery } from '~/features/today/queries'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Page } from '~/ui/Page'
import { BoxSkeleton, PageSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { cardOfClient, invoicesOfClient, leadsOfClient, memoriesOfClient } from './about'
import { ClientFacts } from './ClientFacts'
import { ClientInvoices } from './ClientInvoices'
import { ClientLeads } from './ClientLeads'
import { ClientMemories } from './ClientMemories'
import classes from './ClientPage.module.css'
import { ClientWaiting } from './ClientWaiting'
import { EditClient } from './EditClient'
import { clientDetail, STAGES } from './queries'
import { StageTrack } from './StageTrack'

export function loader({ request, params: { clientId = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(clientDetail(clientId))
  void queryClient.prefetchInfiniteQuery(leadsOfClient(clientId))
  void queryClient.prefetchInfiniteQuery(invoicesOfClient(clientId))
  void queryClient.prefetchQuery(memoriesOfClient(clientId))
  void queryClient.prefetchQuery(todayQuery(clientId))
  void queryClient.prefetchInfiniteQuery(timelineList(clientId, timelineFilters.of(request).show))
  return null
}

export function Loading() {
  return <PageSkeleton title="Client" />
}

export default function ClientPage() {
  const { clientId = '' } = useParams()
  const { data: client } = useSuspenseQuery(clientDetail(clientId))
  const { data: card } = useQuery(cardOfClient(client))
  const { filter, setFilter } = useFilters(timelineFilters)
  const mayWrite = useMay('write:clients')
  const [isEditing, setEditing] = useState(false)
  const { mutate: move, isPending } = useMoveClient()
  const { company_name, stage } = client
  // Until the card is there, the server itself says where the client cannot go.
  const movable_to = card?.movable_to ?? STAGES

  return (
    <Page
      title={company_name}
      parent={{ label: 'Clients', link: linkTo(paths.clients()) }}
      badge={<StatusBadge status={stage} />}
      actions={
        <>
          <ActionButton
            variant="default"
            reason={mayWrite.reason}
            leftSection={<IconPencil size={15} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            Edit
          </ActionButton>
          <MoveMenu
            card={{ company_name, stage, movable_to: [...movable_to] }}
            reason={mayWrite.reason}
            onMove={(to) => move({ clientId, companyName: company_name, from: stage, to })}
          >
            <Button
              variant="default"
              loading={isPending}
              leftSection={<IconArrowsExchange size={15} aria-hidden />}
            >
              Move to…
            </Button>
          </MoveMenu>
        </>
      }
    >
      <EditClient client={client} isOpen={isEditing} onClose={() => setEditing(false)} />
      <StageTrack stage={stage} />
      <div className={classes.columns}>
        <ClientWaiting clientId={clientId} />
        <aside className={classes.aside} aria-label={`About ${company_name}`}>
          <ClientFacts client={client} value={card?.value} />
          <Suspense fallback={<BoxSkeleton lines={8} />}>
            <PermissionGate permission="read:leads">
              <ClientLeads clientId={clientId} />
            </PermissionGate>
            <PermissionGate permission="read:invoices">
              <ClientInvoices clientId={clientId} />
            </PermissionGate>
            <PermissionGate permission="read:memory">
              <ClientMemories
                clientId={clientId}
                onOpen={(memoryId) => setFilter({ open: `memory:${memoryId}` })}
              />
            </PermissionGate>
          </Suspense>
        </aside>
        <div className={classes.timeline}>
          <ClientTimeline clientId={clientId} />
        </div>
      </div>
      <SubjectDrawer
        subject={parseSubject(filter.open)}
        onClose={() => setFilter({ open: undefined })}
      />
    </Page>
  )
}
