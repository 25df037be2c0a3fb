import { useQuery, useSuspenseQueries } from '@tanstack/react-query'
import { Suspense } from 'react'

import { queryClient } from '~/api/queryClient'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { callsOfTheDay, connectionList, connectorList } from './queries'
import { systemColumns, systemsOf } from './systems'

export function loader() {
  void queryClient.prefetchQuery(connectorList())
  void queryClient.prefetchQuery(connectionList())
  void queryClient.prefetchQuery(callsOfTheDay())
  return null
}

export default function ConnectionsPage() {
  return (
    <Page
      title="Connections"
      description="The outside systems that flows call, and that send webhooks here. Their settings are sealed."
    >
      <Suspense fallback={<TableSkeleton rows={6} />}>
        <SystemTable />
      </Suspense>
    </Page>
  )
}

function SystemTable() {
  const [{ data: connectors }, { data: connections }] = useSuspenseQueries({
    queries: [connectorList(), connectionList()],
  })
  // The figures are of another permission, and may be missing.
  const { data: health } = useQuery(callsOfTheDay())
  return (
    <DataTable
      label="Outside systems"
      rows={systemsOf(connectors.items, connections.items, health?.calls ?? [])}
      columns={systemColumns}
      rowKey={({ connector }) => connector}
      rowLink={({ connector }) => linkTo(paths.connection(connector))}
      empty={<EmptyState title="This program knows no outside systems" />}
    />
  )
}
