import { useQuery } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { formatCount, formatDuration, formatPercent } from '~/lib/format'
import type { Column } from '~/ui/DataTable'
import { Duration } from '~/ui/Duration'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import classes from './FlowsPage.module.css'
import { flowVersions } from './queries'
import { Sparkline } from './Sparkline'
import type { FlowStatistic } from './types'

/** A flow in use, or the name of one that is switched off, with its figures. */
export type FlowRow = {
  name: string
  flow: Schemas['FlowView'] | undefined
  figures: FlowStatistic | undefined
}

export const flowColumns: readonly Column<FlowRow>[] = [
  {
    header: 'Flow',
    cell: ({ name, flow }) => (
      <>
        {flow?.title ?? name} <span className={classes.name}>{flow ? name : ''}</span>
      </>
    ),
  },
  {
    header: 'Started by',
    width: '16%',
    from: 'md',
    onPhone: 'line',
    cell: ({ flow }) => startedBy(flow),
  },
  {
    header: 'Version',
    width: '8.5rem',
    from: 'md',
    cell: ({ flow, name }) => (
      <span className={classes.version}>
        {flow ? flow.version : <StatusBadge status="off" look="plain" />}
        {flow && <Origin name={name} digest={flow.digest} />}
      </span>
    ),
  },
  {
    header: 'Runs',
    width: '4.5rem',
    align: 'right',
    onPhone: 'line',
    cell: ({ figures }) => (figures ? formatCount(figures.runs) : <None />),
  },
  {
    header: 'Success',
    width: '5.5rem',
    align: 'right',
    onPhone: 'aside',
    cell: ({ figures }) => <SuccessRate rate={figures?.success_rate} />,
  },
  {
    header: 'p50',
    width: '5rem',
    align: 'right',
    from: 'lg',
    cell: ({ figures }) => <Duration milliseconds={figures?.duration_ms.p50} />,
  },
  {
    header: 'p95',
    width: '5rem',
    align: 'right',
    from: 'lg',
    cell: ({ figures }) => <Duration milliseconds={figures?.duration_ms.p95} />,
  },
  {
    header: 'Over time',
    width: '7.5rem',
    from: 'md',
    cell: ({ figures }) => (figures ? <Sparkline series={figures.series} /> : <None />),
  },
]

function startedBy(flow: Schemas['FlowView'] | undefined) {
  if (!flow) return <None />
  const { trigger, schedule } = flow
  if (trigger) return <code className="h-mono">{trigger}</code>
  return <span className="h-muted">{schedule ? scheduleInWords(schedule) : 'By hand'}</span>
}

/** `every 21600 s` → `Every 6 h` */
function scheduleInWords(schedule: string): string {
  const words = schedule.replace(/\b(\d+) s\b/, (_, seconds) => formatDuration(seconds * 1_000))
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function Origin({ name, digest }: { name: string; digest: string }) {
  const { data } = useQuery(flowVersions(name))
  const version = data?.items.find((one) => one.digest === digest)
  return version && <span className={classes.origin}>{version.shipped ? 'Shipped' : 'Own'}</span>
}

const GOOD = 0.99
const POOR = 0.9

function SuccessRate({ rate }: { rate: number | undefined }) {
  if (rate === undefined) return <None />
  if (rate >= GOOD) return <span>{formatPercent(rate)}</span>
  return <span className={rate < POOR ? classes.poor : classes.fair}>{formatPercent(rate)}</span>
}
