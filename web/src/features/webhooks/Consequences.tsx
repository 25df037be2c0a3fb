import { Stack } from '@mantine/core'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'

import { api, type Schemas } from '~/api/api'
import { clientDetail } from '~/features/clients/queries'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Subject } from '~/lib/subjects'
import { Id, shortId } from '~/ui/CopyButton'
import { KeyValue } from '~/ui/KeyValue'
import { StatusBadge } from '~/ui/StatusBadge'
import { subjectsIn } from './subjects'

const runDetail = (runId: string) =>
  api.queryOptions('get', '/v1/runs/{run_id}', { params: { path: { run_id: runId } } })

/** The event, the run and the records that came of a received webhook. */
export function Consequences({ webhook }: { webhook: Schemas['WebhookDetail'] }) {
  const { event_id, run_id, status } = webhook
  if (!event_id) {
    return (
      <span className="h-muted">
        {status === 'accepted' ? 'Nothing.' : 'Nothing: it was not accepted.'}
      </span>
    )
  }
  return (
    <Stack gap="sm">
      <KeyValue
        facts={[
          { label: 'Event', value: <Id value={event_id} /> },
          ...(run_id ? [] : [{ label: 'Run', value: 'None so far' }]),
        ]}
      />
      {run_id && <RunOfIt runId={run_id} />}
    </Stack>
  )
}

function RunOfIt({ runId }: { runId: string }) {
  const { data: run } = useSuspenseQuery(runDetail(runId))
  return (
    <KeyValue
      facts={[
        { label: 'Flow', value: <TextLink to={paths.flow(run.flow)}>{run.flow}</TextLink> },
        {
          label: 'Run',
          value: (
            <>
              <StatusBadge status={run.status} look="plain" />{' '}
              <TextLink to={paths.run(runId)} className="h-link h-mono h-nowrap">
                {shortId(runId)}
              </TextLink>
            </>
          ),
        },
        ...subjectsIn(run.output).map(({ label, id }) => ({ label, value: <Named id={id} /> })),
      ]}
    />
  )
}

/** A record by its client's name where it has one, and otherwise by its id. */
function Named({ id }: { id: string }) {
  const { data } = useQuery({ ...clientDetail(id), enabled: id.startsWith('client_') })
  if (!data) return <Subject id={id} />
  return <TextLink to={paths.client(id)}>{data.company_name}</TextLink>
}
