import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'

import type { Schemas } from '~/api/api'
import { Actor } from '~/features/actors/Actor'
import { plural } from '~/lib/format'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Id } from '~/ui/CopyButton'
import { Duration } from '~/ui/Duration'
import { EmptyState } from '~/ui/EmptyState'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { Fetched } from './Fetched'
import { runDetail } from './queries'

type RunDetailsProps = { runId: string }

export function RunDetails({ runId }: RunDetailsProps) {
  const query = useQuery(runDetail(runId))
  return (
    <Fetched query={query}>
      {(run) => (
        <>
          <KeyValue
            facts={[
              { label: 'Status', value: <StatusBadge status={run.status} /> },
              {
                label: 'Flow',
                value: (
                  <>
                    <TextLink to={paths.flow(run.flow)}>{run.flow}</TextLink>{' '}
                    <span className="h-muted">{run.version}</span>
                  </>
                ),
              },
              { label: 'Started by', value: <Actor value={run.started_by} /> },
              { label: 'Started', value: <Time at={run.started_at} as="full" /> },
              { label: 'Took', value: <Duration from={run.started_at} to={run.ended_at} /> },
              {
                label: 'Journal',
                value: `${plural(run.calls.length, 'call')}, ${plural(run.steps.length, 'commit')}`,
              },
              { label: 'Run id', value: <Id value={run.run_id} /> },
            ]}
          />
          <Button component={Link} to={paths.run(run.run_id)} variant="default">
            Open the run and its journal
          </Button>
          {run.error !== undefined && <JsonView label="Error" value={run.error} depth={3} />}
          {run.output !== undefined && <JsonView label="Output" value={run.output} depth={2} />}
        </>
      )}
    </Fetched>
  )
}

type CallDetailsProps = { runId: string; number: number; attempt: number }

export function CallDetails({ runId, number, attempt }: CallDetailsProps) {
  const query = useQuery(runDetail(runId))
  return (
    <Fetched query={query}>
      {(run) => {
        const call = run.calls.find((one) => one.number === number && one.attempt === attempt)
        if (!call) return <EmptyState title="This step is not kept any more" />
        return <CallParts call={call} run={run} />
      }}
    </Fetched>
  )
}

type CallPartsProps = { call: Schemas['CallView']; run: Schemas['RunDetail'] }

function CallParts({ call, run }: CallPartsProps) {
  const { error, input, output, usage } = call
  return (
    <>
      <KeyValue
        facts={[
          { label: 'Status', value: <StatusBadge status={call.status} /> },
          { label: 'Function', value: <code className="h-mono">{call.function}</code> },
          { label: 'Step', value: <code className="h-mono">{call.task}</code> },
          { label: 'Effect', value: call.effect },
          { label: 'Attempt', value: call.attempt },
          { label: 'Started', value: <Time at={call.started_at} as="full" /> },
          { label: 'Took', value: <Duration from={call.started_at} to={call.ended_at} /> },
          { label: 'Waits for', value: call.waiting_for },
          {
            label: 'Run',
            value: (
              <>
                <TextLink to={paths.run(run.run_id)}>{run.flow}</TextLink>{' '}
                <span className="h-muted">{run.version}</span>
              </>
            ),
          },
        ]}
      />
      {error && <JsonView label="Error" value={error} depth={3} />}
      <JsonView label="Input" value={input} />
      {output !== undefined && <JsonView label="Output" value={output} />}
      {usage !== undefined && <JsonView label="AI usage" value={usage} />}
    </>
  )
}
