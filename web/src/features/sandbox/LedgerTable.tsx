import { Switch } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { formatCount } from '~/lib/format'
import { CodeBlock } from '~/ui/CodeBlock'
import { type Column, DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { EmptyState } from '~/ui/EmptyState'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { None } from '~/ui/Money'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import type { LedgerEntry } from './contract'
import { describe } from './faults'
import classes from './LedgerTable.module.css'
import { ledger } from './queries'

type LedgerTableProps = {
  provider: string
  isFaultyOnly: boolean
  onFaultyOnly: (isOn: boolean) => void
  isStale: boolean
}

const SHOWN = 100

/** What a simulator was asked, the latest first: its own book, beside what we believe we did. */
export function LedgerTable({ provider, isFaultyOnly, onFaultyOnly, isStale }: LedgerTableProps) {
  const { data: entries } = useSuspenseQuery(ledger(provider))
  const [number, setNumber] = useState<number>()
  const rows = entries.filter(({ fault }) => !isFaultyOnly || fault).reverse()
  const chosen = entries.find((entry) => entry.number === number)
  return (
    <Section
      title="Ledger"
      aside={formatCount(entries.length)}
      isFlush
      actions={
        <Switch
          label="Only with faults"
          checked={isFaultyOnly}
          onChange={(event) => onFaultyOnly(event.currentTarget.checked)}
        />
      }
    >
      <DataTable
        label="Ledger"
        rows={rows.slice(0, SHOWN)}
        columns={columns}
        rowKey={(entry) => String(entry.number)}
        rowLink={(entry) =>
          ({ children, className }) => (
            <button
              type="button"
              className={`${className} ${classes.open}`}
              data-row-link
              onClick={() => setNumber(entry.number)}
            >
              {children}
            </button>
          )}
        isStale={isStale}
        empty={
          <EmptyState
            icon={IconListDetails}
            title={isFaultyOnly ? 'No request met a fault' : 'It was not asked anything yet'}
          />
        }
      />
      {rows.length > SHOWN && (
        <p className={classes.more}>
          The latest {SHOWN} of {formatCount(rows.length)}.
        </p>
      )}
      <DetailDrawer
        isOpen={chosen !== undefined}
        onClose={() => setNumber(undefined)}
        title={chosen ? `Request ${chosen.number}` : ''}
      >
        {chosen && <Entry entry={chosen} />}
      </DetailDrawer>
    </Section>
  )
}

const columns: readonly Column<LedgerEntry>[] = [
  {
    header: 'Request',
    cell: ({ method, path }) => (
      <code className="h-mono" title={`${method} ${path}`}>
        {method} {path}
      </code>
    ),
  },
  {
    header: 'Answer',
    width: '7rem',
    onPhone: 'aside',
    cell: ({ status }) => <Answer status={status} />,
  },
  {
    header: 'Effect',
    width: '7rem',
    cell: ({ effect }) => (effect === 'none' ? <None /> : effect),
  },
  {
    header: 'Fault',
    width: '12rem',
    from: 'md',
    cell: ({ fault }) => (fault ? describe(fault).label : <None />),
  },
  { header: 'Time', width: '8rem', align: 'right', cell: ({ time }) => <Time at={time} /> },
]

const FIRST_ERROR = 400

function Answer({ status }: { status: number | null }) {
  if (status === null) return <StatusBadge status="failed" look="plain" label="None" />
  return status < FIRST_ERROR ? (
    status
  ) : (
    <StatusBadge status="failed" look="plain" label={String(status)} />
  )
}

function Entry({ entry }: { entry: LedgerEntry }) {
  return (
    <div className={classes.entry}>
      <KeyValue
        facts={[
          {
            label: 'Request',
            value: <code className="h-mono">{`${entry.method} ${entry.path}`}</code>,
          },
          { label: 'Time', value: <Time at={entry.time} as="clock" /> },
          { label: 'Answer', value: entry.status ?? 'None left' },
          { label: 'Effect', value: entry.effect, hint: 'Whether it changed something there' },
          { label: 'Fault', value: entry.fault && describe(entry.fault).label },
          { label: 'Key', value: entry.key, hint: 'By which repetitions are told' },
        ]}
      />
      <Body label="Request" value={entry.request} />
      <Body
        label={entry.status === null ? 'Answer, which never left' : 'Answer'}
        value={entry.answer}
      />
    </div>
  )
}

function Body({ label, value }: { label: string; value: unknown }) {
  if (value === null) return null
  if (typeof value === 'string') return <CodeBlock label={label} code={value} />
  return <JsonView label={label} value={value} />
}
