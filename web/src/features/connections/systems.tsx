import type { Schemas } from '~/api/api'
import { formatCount, formatPercent } from '~/lib/format'
import { sentenceOf } from '~/lib/sentence'
import type { Column } from '~/ui/DataTable'
import { Duration } from '~/ui/Duration'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'

export type Connection = Schemas['ListedConnection']

/** An outside system: what could be connected, and the connection if there is one. */
export type System = {
  connector: string
  title: string
  connection: Connection | undefined
  calls: number
  failures: number
  /** The slowest of its functions, at the 95th percentile. */
  p95: number | undefined
}

export function systemsOf(
  connectors: readonly Schemas['ConnectorView'][],
  connections: readonly Connection[],
  health: readonly Schemas['CallHealth'][],
): System[] {
  return connectors.map(({ connector, title }) => {
    const own = health.filter((call) => call.connector === connector)
    const slowest = own.flatMap(({ response_ms }) => response_ms.p95 ?? [])
    return {
      connector,
      title,
      connection: connections.find((it) => it.connector === connector),
      calls: own.reduce((sum, { attempts }) => sum + attempts, 0),
      failures: own.reduce((sum, { failures }) => sum + failures, 0),
      p95: slowest.length > 0 ? Math.max(...slowest) : undefined,
    }
  })
}

export function ConnectionStatus({
  connection,
  look,
}: {
  connection: Connection | undefined
  look?: 'plain'
}) {
  if (!connection) {
    return <StatusBadge status="off" label="Not connected" {...(look && { look })} />
  }
  return <StatusBadge status={connection.status} {...(look && { look })} />
}

const BREAKERS = {
  closed: { status: 'none', label: 'Calls pass' },
  open: { status: 'failing', label: 'Calls wait' },
  half_open: { status: 'half_open', label: 'Trying one' },
} as const

/** What a circuit breaker that is closed, open or half open means for calls. */
export function BreakerState({ breaker }: { breaker: Schemas['Breaker'] | undefined }) {
  if (!breaker) return <None />
  const { status, label } = BREAKERS[breaker.state]
  return <StatusBadge status={status} label={label} look="plain" />
}

export const systemColumns: readonly Column<System>[] = [
  { header: 'System', width: '18%', cell: ({ title }) => title },
  {
    header: 'Status',
    width: '10rem',
    onPhone: 'aside',
    cell: ({ connection }) => <ConnectionStatus connection={connection} look="plain" />,
  },
  {
    header: 'Breaker',
    width: '9rem',
    from: 'md',
    cell: ({ connection }) => <BreakerState breaker={connection?.breaker} />,
  },
  {
    header: 'Last check',
    cell: ({ connection }) => <LastCheck connection={connection} />,
  },
  {
    header: 'Calls in 24 h',
    width: '7.5rem',
    align: 'right',
    onPhone: 'hidden',
    cell: ({ calls }) => (calls === 0 ? <None /> : formatCount(calls)),
  },
  {
    header: 'Errors',
    width: '5.5rem',
    align: 'right',
    onPhone: 'hidden',
    cell: ({ calls, failures }) => (calls === 0 ? <None /> : formatPercent(failures / calls)),
  },
  {
    header: 'Latency p95',
    width: '7rem',
    align: 'right',
    onPhone: 'hidden',
    cell: ({ p95 }) => <Duration milliseconds={p95} />,
  },
]

function LastCheck({ connection }: { connection: Connection | undefined }) {
  if (!connection?.checked_at) return <None />
  return (
    <>
      <Time at={connection.checked_at} />{' '}
      <span className="h-muted" title={connection.status_detail}>
        {connection.status_detail && sentenceOf(connection.status_detail)}
      </span>
    </>
  )
}
