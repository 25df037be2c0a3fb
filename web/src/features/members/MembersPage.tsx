import { Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconLock, IconPlus } from '@tabler/icons-react'
import { Suspense } from 'react'

import { queryClient } from '~/api/queryClient'
import { PermissionGate, useMay } from '~/features/session/may'
import { SettingsFrame } from '~/features/settings/SettingsFrame'
import { ActionButton } from '~/ui/ActionButton'
import { EmptyState } from '~/ui/EmptyState'
import { TableSkeleton } from '~/ui/Skeletons'
import { InvitationTable } from './InvitationTable'
import { InviteMember } from './InviteMember'
import { MemberTable } from './MemberTable'
import { invitationList, memberList, roleList } from './queries'
import { RolesTable } from './RolesTable'

export function loader() {
  void queryClient.prefetchQuery(memberList())
  void queryClient.prefetchQuery(invitationList())
  void queryClient.prefetchQuery(roleList())
  return null
}

export default function MembersPage() {
  const may = useMay('write:members')
  const [isInviting, inviting] = useDisclosure(false)
  return (
    <SettingsFrame
      title="Members"
      description="Who works here, and what each may do."
      actions={
        <ActionButton
          reason={may.reason}
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={inviting.open}
        >
          Invite member
        </ActionButton>
      }
    >
      <Stack gap="lg">
        <PermissionGate
          permission="read:members"
          otherwise={<EmptyState icon={IconLock} title="Your role does not see the members" />}
        >
          <Suspense fallback={<TableSkeleton rows={4} />}>
            <MemberTable />
            <InvitationTable />
          </Suspense>
        </PermissionGate>
        <Suspense fallback={<TableSkeleton rows={6} />}>
          <RolesTable />
        </Suspense>
      </Stack>
      <InviteMember isOpen={isInviting} onClose={inviting.close} />
    </SettingsFrame>
  )
}
