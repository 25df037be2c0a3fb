import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { useMay } from '~/features/session/may'
import { useSession } from '~/features/session/session'
import { DataTable } from '~/ui/DataTable'
import { Section } from '~/ui/Section'
import { ChangeRole } from './ChangeRole'
import { memberColumns } from './columns'
import { type Member, memberList, roleList } from './queries'
import { RemoveMember } from './RemoveMember'
import { fixedBecause } from './roles'

export function MemberTable() {
  const { data } = useSuspenseQuery(memberList())
  const { data: roles } = useSuspenseQuery(roleList())
  const { person, permissions: own } = useSession()
  const may = useMay('write:members')
  const [changed, setChanged] = useState<Member>()
  const [removed, setRemoved] = useState<Member>()
  return (
    <Section title="People" aside={data.items.length} isFlush>
      <DataTable
        label="Members"
        rows={data.items}
        columns={memberColumns({
          ownId: person.person_id,
          reasonFor: (member) =>
            may.reason ?? fixedBecause(member, { own, roles: roles.items, members: data.items }),
          onChange: setChanged,
          onRemove: setRemoved,
        })}
        rowKey={({ person_id }) => person_id}
        empty={null}
      />
      <ChangeRole member={changed} onClose={() => setChanged(undefined)} />
      <RemoveMember member={removed} onClose={() => setRemoved(undefined)} />
    </Section>
  )
}
