import { Button, Stack, Text } from '@mantine/core'

import { EntryCard } from '~/features/session/EntryCard'
import { useSession } from '~/features/session/session'
import { useSignOut } from '~/features/session/useSignOut'
import { TenantChoice } from './TenantChoice'

/** For somebody who is signed in but in no tenant yet. */
export function ChooseTenant() {
  const { person, tenants } = useSession()
  const signOut = useSignOut()
  return (
    <EntryCard title={tenants.length > 0 ? 'Choose a tenant' : 'No tenant yet'}>
      <Stack gap="xs">
        {tenants.length === 0 && <Text size="sm">Ask an owner to invite {person.email}.</Text>}
        <TenantChoice />
        <Button
          variant="subtle"
          color="gray"
          loading={signOut.isPending}
          onClick={() => signOut.mutate({})}
        >
          Sign out
        </Button>
      </Stack>
    </EntryCard>
  )
}
