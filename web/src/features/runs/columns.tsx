import { Actor } from '~/features/actors/Actor'
import { shortId } from '~/ui/CopyButton'
import type { Column } from '~/ui/DataTable'
import { Duration } from '~/ui/Duration'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import type { RunRow } from './contract'
import classes from './RunsPage.module.css'

export const runColumns: readonly Column<RunRow>[] = [
  { header: 'Flow', width: '18%', cell: ({ flow }) => flow },
  {
    header: 'Client',
    width: '18%',
    onPhone: 'line',
    cell: ({ company_name }) =>
      company_name ? <span title={company_name}>{company_name}</span> : <None />,
  },
  {
    header: 'Status',
    width: '8rem',
    onPhone: 'aside',
    cell: ({ status }) => <StatusBadge status={status} look="plain" />,
  },
  {
    header: 'Error',
    onPhone: 'hidden',
    cell: ({ error_title }) =>
      error_title ? (
        <span className={classes.error} title={error_title}>
          {error_title}
        </span>
      ) : (
        <None />
      ),
  },
  {
    header: 'Started by',
    width: '15%',
    from: 'lg',
    cell: ({ started_by }) => (
      <span className="h-muted">
        <Actor value={started_by} />
      </span>
    ),
  },
  {
    header: 'Run',
    width: '8.5rem',
    from: 'md',
    cell: ({ run_id }) => (
      <code className="h-mono h-faint" title={run_id}>
        {shortId(run_id)}
      </code>
    ),
  },
  { header: 'Version', width: '5rem', from: 'lg', cell: ({ version }) => version },
  {
    header: 'Started',
    width: '7rem',
    align: 'right',
    cell: ({ started_at }) => <Time at={started_at} />,
  },
  {
    header: 'Duration',
    width: '6.5rem',
    align: 'right',
    from: 'md',
    onPhone: 'line',
    cell: ({ started_at, ended_at }) => <Duration from={started_at} to={ended_at} />,
  },
]
