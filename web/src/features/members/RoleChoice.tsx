import { Radio, Stack } from '@mantine/core'
import type { GetInputPropsReturnType } from '@mantine/form'
import { useSuspenseQuery } from '@tanstack/react-query'

import { useSession } from '~/features/session/session'
import { humanize } from '~/lib/format'
import { roleList } from './queries'
import { covers, isForPeople } from './roles'

type RoleChoiceProps = GetInputPropsReturnType & {
  /** Whether roles of programs are among them. */
  withPrograms?: boolean
}

/** The tenant's roles. Those that may do more than oneself cannot be given. */
export function RoleChoice({ withPrograms = false, ...input }: RoleChoiceProps) {
  const { permissions: own } = useSession()
  const { data } = useSuspenseQuery(roleList())
  return (
    <Radio.Group label="Role" {...input}>
      <Stack gap="xs" mt={6}>
        {data.items
          .filter((role) => withPrograms || isForPeople(role))
          .map((role) => {
            const isGivable = covers(own, role)
            return (
              <Radio
                key={role.name}
                value={role.name}
                label={humanize(role.name)}
                description={
                  isGivable
                    ? role.description
                    : `${role.description} It may do more than your role.`.trim()
                }
                disabled={!isGivable}
              />
            )
          })}
      </Stack>
    </Radio.Group>
  )
}
