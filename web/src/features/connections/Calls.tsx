import { useSuspenseQuery } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { barLabel } from '~/lib/chart'
import { useFilters } from '~/lib/filters'
import { formatCount, formatPercent } from '~/lib/format'
import { Bars } from '~/ui/Bars'
import { ChartLegend } from '~/ui/ChartLegend'
import { type Column, DataTable } from '~/ui/DataTable'
import { Duration } from '~/ui/Duration'
import { SegmentedFilter } from '~/ui/FilterBar'
import { None } from '~/ui/Money'
import { Time } from '~/ui/Time'
import classes from './Calls.module.css'
import { connectionStatistics, WINDOWS, windowFilters } from './queries'

/** How calls to an outside system went: over time, and by function. */
export function Calls({ connector }: { connector: string }) {
  const { filter, setFilter, isPending } = useFilters(windowFilters)
  const { data } = useSuspenseQuery(connectionStatistics(connector, filter.window ?? '24h'))
  const { functions, series, step_seconds, since, known_since } = data
  const { calls, failures, error_rate } = data.total
  return (
    <div data-stale={isPending || undefined} className={classes.calls}>
      <div className={classes.bar}>
        <ChartLegend
          entries={[
            { name: 'Succeeded', value: calls - failures, tone: 'success' },
            { name: 'Failed', value: failures, tone: 'danger' },
            ...(error_rate === undefined
              ? []
              : [{ name: 'Errors', value: formatPercent(error_rate) }]),
          ]}
        />
        <SegmentedFilter
          label="Window"
          all="24 hours"
          value={WINDOWS.find(({ value }) => value === filter.window)?.value}
          options={WINDOWS}
          onChange={(window) => setFilter({ window })}
        />
      </div>
      <Bars
        label="Calls over time"
        format={formatCount}
        bars={series.map((point) => ({
          key: point.at,
          label: barLabel(point.at, step_seconds),
          parts: [
            { name: 'Succeeded', value: point.calls - point.failures, tone: 'success' },
            { name: 'Failed', value: point.failures, tone: 'danger' },
          ],
        }))}
      />
      {known_since > since && (
        <p className={classes.note}>
          Calls are known since <Time at={known_since} as="full" />.
        </p>
      )}
      {functions.length > 0 && (
        <div className={classes.table}>
          <DataTable
            label="Calls by function"
            rows={functions}
            columns={columns}
            rowKey={(it) => it.function}
            empty={null}
          />
        </div>
      )}
    </div>
  )
}

const columns: readonly Column<Schemas['FunctionStatistic']>[] = [
  { header: 'Function', cell: (it) => <code className="h-mono">{it.function}</code> },
  {
    header: 'Calls',
    width: '5rem',
    align: 'right',
    cell: ({ calls }) => formatCount(calls),
  },
  {
    header: 'Errors',
    width: '5.5rem',
    align: 'right',
    onPhone: 'aside',
    cell: ({ error_rate }) => (error_rate === undefined ? <None /> : formatPercent(error_rate)),
  },
  {
    header: 'Last failure',
    width: '8rem',
    align: 'right',
    from: 'lg',
    cell: ({ last_failure_at }) => <Time at={last_failure_at} />,
  },
  {
    header: 'p50',
    width: '5rem',
    align: 'right',
    cell: ({ response_ms }) => <Duration milliseconds={response_ms.p50} />,
  },
  {
    header: 'p95',
    width: '5rem',
    align: 'right',
    cell: ({ response_ms }) => <Duration milliseconds={response_ms.p95} />,
  },
]
