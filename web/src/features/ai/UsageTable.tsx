import { IconBrain } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { formatCount, formatDate } from '~/lib/format'
import { linkTo, TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { type Column, DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import type { RenderLink } from '~/ui/link'
import { None } from '~/ui/Money'
import { Cost } from './Cost'
import { aiUsage, type UsageFilter } from './queries'
import classes from './UsageTable.module.css'
import { shareOf } from './usage'

type UsageBy = Schemas['AiUsageBy']
type UsageItem = Schemas['AiUsageGroup']

type UsageTableProps = {
  group: UsageBy
  header: string
  window: UsageFilter['window']
  isStale: boolean
}

export function UsageTable({ group, header, window, isStale }: UsageTableProps) {
  const { data } = useSuspenseQuery(aiUsage(group, window))
  const pageOf = PAGES[group]
  const rows = group === 'day' ? [...data.items].reverse() : data.items
  return (
    <>
      <DataTable
        label={`Use by ${header.toLowerCase()}`}
        rows={rows}
        columns={columnsOf(group, header, data.totals)}
        rowKey={({ key = '' }) => key}
        {...(pageOf && { rowLink: ({ key }: UsageItem) => (key ? linkTo(pageOf(key)) : noLink) })}
        isStale={isStale}
        empty={
          <EmptyState
            icon={IconBrain}
            title="No model was asked within this time"
            body="Flows ask a model by calling ai.generate; each call is counted here with its cost."
          />
        }
      />
      {data.is_partial && (
        <p className="h-muted">Only the first 500 are listed. The totals are of all.</p>
      )}
    </>
  )
}

/** Where a row leads: to the client, or to the flow's runs. */
const PAGES: Partial<Record<UsageBy, (key: string) => string>> = {
  client: paths.client,
  flow: paths.runsOfFlow,
}

function columnsOf(
  group: UsageBy,
  header: string,
  totals: Schemas['AiUsed'],
): readonly Column<UsageItem>[] {
  return [
    { header, cell: (item) => nameOf(group, item) },
    {
      header: 'Share of cost',
      width: '12rem',
      from: 'md',
      cell: ({ cost_usd }) => (
        <span className={classes.scale}>
          <span
            className={classes.share}
            style={{ width: `${shareOf(cost_usd, totals.cost_usd) * 100}%` }}
          />
        </span>
      ),
    },
    {
      header: 'Calls',
      width: '6rem',
      align: 'right',
      cell: ({ calls }) => formatCount(calls),
    },
    {
      header: 'Input tokens',
      width: '8rem',
      align: 'right',
      onPhone: 'hidden',
      cell: ({ input_tokens }) => formatCount(input_tokens),
    },
    {
      header: 'Output tokens',
      width: '8rem',
      align: 'right',
      onPhone: 'hidden',
      cell: ({ output_tokens }) => formatCount(output_tokens),
    },
    {
      header: 'Cost',
      width: '7rem',
      align: 'right',
      onPhone: 'aside',
      cell: ({ cost_usd }) => <Cost usd={cost_usd} />,
    },
    ...(group === 'flow'
      ? [
          {
            header: 'Definition',
            width: '7rem',
            align: 'right' as const,
            from: 'md' as const,
            cell: ({ key }: UsageItem) =>
              key ? <TextLink to={paths.flow(key)}>Open flow</TextLink> : <None />,
          },
        ]
      : []),
  ]
}

/** What belongs to none of them, such as a run about no client. */
const NONE = {
  model: 'Unknown',
  flow: 'No flow',
  client: 'No client',
  prompt: 'No prompt',
  day: '',
}

function nameOf(group: UsageBy, { key, title }: UsageItem): string {
  if (!key) return NONE[group]
  return group === 'day' ? formatDate(key.slice(0, 10)) : (title ?? key)
}

const noLink: RenderLink = ({ children }) => <span className="h-muted">{children}</span>
