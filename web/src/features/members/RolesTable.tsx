import { Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { useMay } from '~/features/session/may'
import { useSession } from '~/features/session/session'
import { humanize } from '~/lib/format'
import { ActionButton } from '~/ui/ActionButton'
import type { Column } from '~/ui/DataTable'
import { DataTable } from '~/ui/DataTable'
import { Section } from '~/ui/Section'
import { DeleteRole } from './DeleteRole'
import { type Role, roleList } from './queries'
import { RoleEditor } from './RoleEditor'
import classes from './RolesTable.module.css'
import { areasOf, extentOf, isForPeople, unchangeableBecause, undeletableBecause } from './roles'

/** The roles, who has them, and what each may do. */
export function RolesTable() {
  const { data } = useSuspenseQuery(roleList())
  const { permissions: own } = useSession()
  const may = useMay('write:members')
  const [isMaking, making] = useDisclosure(false)
  const [changed, setChanged] = useState<Role>()
  const [deleted, setDeleted] = useState<Role>()
  return (
    <>
      <Section
        title="Roles"
        description="Make one of your own where the built-in ones do not fit."
        actions={
          <ActionButton
            variant="default"
            reason={may.reason}
            leftSection={<IconPlus size={15} aria-hidden />}
            onClick={making.open}
          >
            New role
          </ActionButton>
        }
        isFlush
      >
        <DataTable
          label="Roles"
          rows={data.items}
          columns={columns({
            reasonFor: (role) => unchangeableBecause(role, own) ?? may.reason,
            onChange: setChanged,
            onDelete: setDeleted,
          })}
          rowKey={({ name }) => name}
          empty={null}
        />
      </Section>
      <Extents roles={data.items.filter(isForPeople)} />
      <RoleEditor
        isOpen={isMaking || changed !== undefined}
        role={changed}
        onClose={() => {
          making.close()
          setChanged(undefined)
        }}
      />
      <DeleteRole role={deleted} onClose={() => setDeleted(undefined)} />
    </>
  )
}

type Acts = {
  reasonFor: (role: Role) => string | undefined
  onChange: (role: Role) => void
  onDelete: (role: Role) => void
}

function columns({ reasonFor, onChange, onDelete }: Acts): readonly Column<Role>[] {
  return [
    { header: 'Role', width: '9rem', cell: ({ name }) => humanize(name) },
    {
      header: 'For',
      cell: ({ description }) => <span title={description}>{description}</span>,
    },
    {
      header: 'Members',
      width: '5.5rem',
      align: 'right',
      onPhone: 'aside',
      cell: ({ member_count }) => member_count || <span className="h-faint">0</span>,
    },
    {
      header: 'Tokens',
      width: '5.5rem',
      align: 'right',
      from: 'lg',
      cell: ({ token_count }) => token_count || <span className="h-faint">0</span>,
    },
    {
      header: 'Actions',
      width: '10rem',
      align: 'right',
      cell: (role) =>
        role.is_built_in ? (
          <span className="h-faint">Built in</span>
        ) : (
          <Group gap="xs" justify="flex-end" wrap="nowrap" component="span">
            <ActionButton
              size="compact-xs"
              variant="default"
              reason={reasonFor(role)}
              onClick={() => onChange(role)}
            >
              Change
            </ActionButton>
            <ActionButton
              size="compact-xs"
              variant="default"
              reason={reasonFor(role) ?? undeletableBecause(role)}
              onClick={() => onDelete(role)}
            >
              Delete
            </ActionButton>
          </Group>
        ),
    },
  ]
}

function Extents({ roles }: { roles: readonly Role[] }) {
  const { role: ownRole } = useSession()
  const { data } = useSuspenseQuery(roleList())
  const own = (name: string) => (name === ownRole ? classes.own : undefined)
  const areas = areasOf(data.permissions.map(({ permission }) => permission))
  return (
    <Section title="What each role may do" isFlush>
      <div className={classes.scroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Area</th>
              {roles.map(({ name }) => (
                <th key={name} scope="col" className={own(name)}>
                  {humanize(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {areas.map((area) => (
              <tr key={area.area}>
                <th scope="row">{area.title}</th>
                {roles.map((role) => (
                  <td key={role.name} className={own(role.name)}>
                    <Extent extent={extentOf(role, area)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function Extent({ extent }: { extent: string }) {
  if (extent === 'Full') return extent
  return <span className={extent === 'None' ? classes.none : classes.reads}>{extent}</span>
}
