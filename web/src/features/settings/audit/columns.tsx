import { UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'

import type { Schemas } from '~/api/api'
import { Actor } from '~/features/actors/Actor'
import { Subject } from '~/lib/subjects'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { Time } from '~/ui/Time'
import { type AuditFilter, factsOf } from './queries'

type Entry = Schemas['AuditEntry']

/** Actors and actions filter by themselves when they are pressed. */
export function auditColumns(onFilter: (filter: AuditFilter) => void): readonly Column<Entry>[] {
  return [
    {
      header: 'Action',
      width: '24%',
      cell: ({ action }) => (
        <Pressable label={`Only ${action}`} onPress={() => onFilter({ action })}>
          <code className="h-mono">{action}</code>
        </Pressable>
      ),
    },
    {
      header: 'Actor',
      width: '22%',
      cell: ({ actor }) => (
        <Pressable label={`Only what ${actor} did`} onPress={() => onFilter({ actor })}>
          <Actor value={actor} />
        </Pressable>
      ),
    },
    {
      header: 'What',
      width: '11rem',
      cell: ({ resource }) => (resource ? <Subject id={resource} /> : <None />),
    },
    {
      header: 'Given',
      from: 'lg',
      cell: ({ detail }) => {
        const facts = factsOf(detail)
        if (!facts) return <None />
        return (
          <span className="h-muted" title={facts}>
            {facts}
          </span>
        )
      },
    },
    {
      header: 'No.',
      width: '4.5rem',
      align: 'right',
      from: 'md',
      cell: ({ sequence }) => sequence ?? <span title="Chained within a moment">…</span>,
    },
    {
      header: 'Time',
      width: '7.5rem',
      align: 'right',
      onPhone: 'aside',
      cell: ({ at }) => <Time at={at} />,
    },
  ]
}

type PressableProps = { label: string; onPress: () => void; children: ReactNode }

function Pressable({ label, onPress, children }: PressableProps) {
  return (
    <UnstyledButton fz="inherit" maw="100%" className="h-cut" title={label} onClick={onPress}>
      {children}
    </UnstyledButton>
  )
}
