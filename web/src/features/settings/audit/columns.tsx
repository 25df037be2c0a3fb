import { UnstyledButton } from '@mantine/core'

import type { Schemas } from '~/api/api'
import { Subject } from '~/lib/subjects'
import { shortId } from '~/ui/CopyButton'
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
          {action}
        </Pressable>
      ),
    },
    {
      header: 'Actor',
      width: '22%',
      cell: ({ actor }) => (
        <Pressable label={`Only what ${actor} did`} onPress={() => onFilter({ actor })}>
          {shortActor(actor)}
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
      cell: ({ detail }) => (
        <span className="h-muted" title={factsOf(detail)}>
          {factsOf(detail)}
        </span>
      ),
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

/** `flow:run_…vdkbge`: who it was on behalf of, and the end of the id. */
function shortActor(actor: string): string {
  const colon = actor.indexOf(':') + 1
  return actor.slice(0, colon) + shortId(actor.slice(colon))
}

type PressableProps = { label: string; onPress: () => void; children: string }

function Pressable({ label, onPress, children }: PressableProps) {
  return (
    <UnstyledButton className="h-mono h-cut" title={label} onClick={onPress}>
      {children}
    </UnstyledButton>
  )
}
