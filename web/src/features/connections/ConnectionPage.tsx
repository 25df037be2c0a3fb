import { IconPlugConnected } from '@tabler/icons-react'
import { useSuspenseQueries } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { api, idempotent } from '~/api/api'
import { Part } from '~/api/Part'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { NotFound } from '~/shell/RouteError'
import { ActionButton } from '~/ui/ActionButton'
import { Columns } from '~/ui/Columns'
import { notifyProblem } from '~/ui/notify'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { AssistantSettings } from './AssistantSettings'
import { Calls } from './Calls'
import { ConnectionFacts } from './ConnectionFacts'
import { ConnectionSettings } from './ConnectionSettings'
import {
  connectionList,
  connectionStatistics,
  connectionsChanged,
  connectorList,
  windowFilters,
} from './queries'
import { ConnectionStatus } from './systems'

export function loader({ params, request }: LoaderFunctionArgs) {
  const { window = '24h' } = windowFilters.of(request)
  void queryClient.prefetchQuery(connectorList())
  void queryClient.prefetchQuery(connectionList())
  void queryClient.prefetchQuery(connectionStatistics(params.connector ?? '', window))
  return null
}

/** The connector whose settings the API shows, without their secrets. */
const ASSISTANT = 'assistant'

export default function ConnectionPage() {
  const { connector: id = '' } = useParams()
  const [{ data: connectors }, { data: connections }] = useSuspenseQueries({
    queries: [connectorList(), connectionList()],
  })
  const may = useMay('write:connections')
  const test = api.useMutation('post', '/v1/connections/{connector}/test', {
    onSuccess: connectionsChanged,
    onError: notifyProblem,
  })
  const connector = connectors.items.find((it) => it.connector === id)
  const connection = connections.items.find((it) => it.connector === id)
  if (!connector) return <NotFound />
  return (
    <Page
      title={connector.title}
      badge={<ConnectionStatus connection={connection} />}
      parent={{ label: 'Connections', link: linkTo(paths.connections()) }}
      actions={
        <ActionButton
          variant={connection?.status === 'working' ? 'default' : 'filled'}
          reason={may.reason ?? (connection ? undefined : 'Set it first.')}
          loading={test.isPending}
          leftSection={<IconPlugConnected size={15} aria-hidden />}
          onClick={() => test.mutate({ params: { path: { connector: id }, header: idempotent() } })}
        >
          Test connection
        </ActionButton>
      }
    >
      <Columns
        main={
          <>
            {connection && (
              <Section title="Calls">
                <Part>
                  <Calls connector={id} />
                </Part>
              </Section>
            )}
            {id === ASSISTANT ? (
              <Part>
                <AssistantSettings connector={connector} />
              </Part>
            ) : (
              <ConnectionSettings key={id} connector={connector} connection={connection} />
            )}
          </>
        }
        aside={<ConnectionFacts connection={connection} />}
      />
    </Page>
  )
}
