import type { Schemas } from '~/api/api'
import { formatCount, humanize } from '~/lib/format'
import { ActionButton } from '~/ui/ActionButton'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { HOLDERS, stateOf } from './queries'

type Token = Schemas['TokenView']
type Act = { reason: string | undefined; onRevoke: (token: Token) => void }

const STATES = {
  active: { status: 'active', label: 'Active' },
  expired: { status: 'disabled', label: 'Expired' },
  revoked: { status: 'disabled', label: 'Revoked' },
} as const

export function tokenColumns({ reason, onRevoke }: Act): readonly Column<Token>[] {
  return [
    {
      header: 'Name',
      cell: ({ name, token_id }) => (
        <>
          {name} <code className="h-mono h-faint">hof_{token_id}…</code>
        </>
      ),
    },
    {
      header: 'Status',
      width: '7rem',
      onPhone: 'aside',
      cell: (token) => {
        const { status, label } = STATES[stateOf(token)]
        return <StatusBadge status={status} label={label} look="plain" />
      },
    },
    { header: 'Role', width: '6.5rem', cell: ({ role }) => humanize(role) },
    {
      header: 'For',
      width: '7.5rem',
      cell: ({ mcp }) => HOLDERS.find(({ value }) => value === (mcp ?? 'program'))?.short,
    },
    {
      header: 'Per minute',
      width: '6rem',
      align: 'right',
      from: 'lg',
      cell: ({ rate_per_minute }) => formatCount(rate_per_minute),
    },
    {
      header: 'Created',
      width: '6.5rem',
      align: 'right',
      from: 'md',
      cell: ({ created_at }) => <Time at={created_at} />,
    },
    {
      header: 'Expires',
      width: '7.5rem',
      align: 'right',
      cell: ({ expires_at }) => <Time at={expires_at} />,
    },
    {
      header: 'Action',
      width: '5.5rem',
      align: 'right',
      cell: (token) =>
        stateOf(token) === 'active' ? (
          <ActionButton
            size="compact-xs"
            variant="default"
            reason={reason}
            onClick={() => onRevoke(token)}
          >
            Revoke
          </ActionButton>
        ) : (
          <None />
        ),
    },
  ]
}
