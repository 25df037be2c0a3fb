import type { Schemas } from '~/api/api'
import { formatCount } from '~/lib/format'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { sentenceOf } from '~/lib/sentence'
import { Id } from '~/ui/CopyButton'
import { KeyValue } from '~/ui/KeyValue'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import { BreakerState, type Connection } from './systems'

type ConnectionFactsProps = { connection: Connection | undefined }

export function ConnectionFacts({ connection }: ConnectionFactsProps) {
  if (!connection) {
    return (
      <Section title="Connection">
        <span className="h-muted">It is not connected: flows that call it fail.</span>
      </Section>
    )
  }
  const { checked_at, status_detail, updated_at, connection_id } = connection
  return (
    <>
      <Section title="Last check">
        {checked_at ? (
          <KeyValue
            facts={[
              { label: 'It found', value: status_detail ? sentenceOf(status_detail) : 'It works.' },
              { label: 'When', value: <Time at={checked_at} as="full" /> },
            ]}
          />
        ) : (
          <span className="h-muted">Not tested since its settings were set.</span>
        )}
      </Section>
      <Section title="Connection">
        <KeyValue
          facts={[
            ...breakerFacts(connection.breaker),
            { label: 'Settings set', value: <Time at={updated_at} as="full" /> },
            { label: 'Id', value: <Id value={connection_id} /> },
            {
              label: 'History',
              value: <TextLink to={paths.auditOf(connection_id)}>Who set and tested it</TextLink>,
            },
          ]}
        />
      </Section>
    </>
  )
}

function breakerFacts(breaker: Schemas['Breaker']) {
  const { reason, next_try_at, consecutive_failures } = breaker
  return [
    {
      label: 'Breaker',
      value: <BreakerState breaker={breaker} />,
      hint: 'While the system fails, calls wait without using up attempts',
    },
    ...(reason ? [{ label: 'Why', value: sentenceOf(reason) }] : []),
    ...(consecutive_failures > 0
      ? [{ label: 'Failures in a row', value: formatCount(consecutive_failures) }]
      : []),
    ...(next_try_at ? [{ label: 'Next try', value: <Time at={next_try_at} /> }] : []),
  ]
}
