import { Group } from '@mantine/core'
import { Actor } from '~/features/actors/Actor'
import { humanize } from '~/lib/format'
import { ActionButton } from '~/ui/ActionButton'
import type { Column } from '~/ui/DataTable'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import type { Invitation, Member } from './queries'

type MemberActs = {
  ownId: string
  reasonFor: (member: Member) => string | undefined
  onChange: (member: Member) => void
  onRemove: (member: Member) => void
}

export function memberColumns(acts: MemberActs): readonly Column<Member>[] {
  const { ownId, reasonFor, onChange, onRemove } = acts
  const isYou = ({ person_id }: Member) => person_id === ownId
  return [
    {
      header: 'Name',
      cell: (member) => (
        <>
          {member.name} {isYou(member) && <span className="h-faint">you</span>}
        </>
      ),
    },
    { header: 'E-mail', width: '25%', cell: ({ email }) => <span title={email}>{email}</span> },
    { header: 'Role', width: '6.5rem', onPhone: 'aside', cell: ({ role }) => humanize(role) },
    {
      header: 'Second factor',
      width: '7.25rem',
      cell: ({ has_totp, has_passkey }) => (
        <StatusBadge
          status={has_totp || has_passkey ? 'working' : 'off'}
          label={has_totp || has_passkey ? 'On' : 'Off'}
          look="plain"
        />
      ),
    },
    {
      header: 'Joined',
      width: '7rem',
      align: 'right',
      from: 'xl',
      cell: ({ joined_at }) => <Time at={joined_at} />,
    },
    {
      header: 'Actions',
      width: '13.5rem',
      align: 'right',
      cell: (member) => {
        const reason = reasonFor(member)
        return (
          <Group gap="xs" justify="flex-end" wrap="nowrap" component="span">
            <ActionButton
              size="compact-xs"
              variant="default"
              reason={reason}
              onClick={() => onChange(member)}
            >
              Change role
            </ActionButton>
            <ActionButton
              size="compact-xs"
              variant="default"
              reason={reason}
              onClick={() => onRemove(member)}
            >
              {isYou(member) ? 'Leave' : 'Remove'}
            </ActionButton>
          </Group>
        )
      },
    },
  ]
}

type InvitationActs = {
  reason: string | undefined
  onRevoke: (invitation: Invitation) => void
}

export function invitationColumns(acts: InvitationActs): readonly Column<Invitation>[] {
  const { reason, onRevoke } = acts
  return [
    { header: 'E-mail', cell: ({ email }) => <span title={email}>{email}</span> },
    { header: 'Role', width: '6.5rem', onPhone: 'aside', cell: ({ role }) => humanize(role) },
    { header: 'Invited by', width: '24%', cell: ({ invited_by }) => <Actor value={invited_by} /> },
    {
      header: 'Invited',
      width: '7rem',
      align: 'right',
      from: 'lg',
      cell: ({ created_at }) => <Time at={created_at} />,
    },
    {
      header: 'Expires',
      width: '7rem',
      align: 'right',
      cell: ({ expires_at }) => <Time at={expires_at} />,
    },
    {
      header: 'Action',
      width: '6.5rem',
      align: 'right',
      cell: (invitation) => (
        <ActionButton
          size="compact-xs"
          variant="default"
          reason={reason}
          onClick={() => onRevoke(invitation)}
        >
          Revoke
        </ActionButton>
      ),
    },
  ]
}
