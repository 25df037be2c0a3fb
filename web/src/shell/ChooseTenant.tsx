import { Button, Stack, Text } from '@mantine/core'

import { EntryCard } from '~/features/session/EntryCard'
import { useSession } from '~/features/session/session'
import { useSignOut } from '~/features/session/useSignOut'
import { useSwitchTenant } from './TenantSwitcher'

/** For somebody who is signed in but in no tenant yet. */
export function ChooseTenant() {
  const { person, tenants } = useSession()
  const switchTo = useSwitchTenant()
  const signOut = useSignOut()
  return (
    <EntryCard title={tenants.length > 0 ? 'Choose a tenant' : 'No tenant yet'}>
      <Stack gap="xs">
        {tenants.length === 0 && <Text size="sm">Ask an owner to invite {person.email}.</Text>}
        {tenants.map(({ tenant_id, name, role }) => (
          <Button
            key={tenant_id}
            variant="default"
            size="sm"
            justify="space-between"
            rightSection={<span className="h-faint">{role}</span>}
            loading={switchTo.isPending && switchTo.variables.body.tenant_id === tenant_id}
            onClick={() => switchTo.mutate({ body: { tenant_id } })}
          >
            {name}
          </Button>
        ))}
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
