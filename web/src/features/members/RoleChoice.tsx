import { Radio, Stack } from '@mantine/core'
import type { GetInputPropsReturnType } from '@mantine/form'

import { useSession } from '~/features/session/session'
import { humanize } from '~/lib/format'
import { covers, PEOPLES_ROLES } from './roles'

/** The roles of people, of which one's own is the highest that one can give. */
export function RoleChoice(input: GetInputPropsReturnType) {
  const { role: ownRole } = useSession()
  return (
    <Radio.Group label="Role" {...input}>
      <Stack gap="xs" mt={6}>
        {PEOPLES_ROLES.map(({ value, means }) => {
          const isGivable = covers(ownRole, value)
          return (
            <Radio
              key={value}
              value={value}
              label={humanize(value)}
              description={isGivable ? means : `${means} It may do more than your role.`}
              disabled={!isGivable}
            />
          )
        })}
      </Stack>
    </Radio.Group>
  )
}
