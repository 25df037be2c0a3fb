import { Button, Stack, Text } from '@mantine/core'
import { Suspense } from 'react'

import { AuthenticatorSection } from '~/features/session/AuthenticatorSection'
import { EntryCard } from '~/features/session/EntryCard'
import { PasskeysSection } from '~/features/session/PasskeysSection'
import { useSession } from '~/features/session/session'
import { useSignOut } from '~/features/session/useSignOut'
import { VerificationDialog } from '~/features/session/VerificationDialog'
import { BoxSkeleton } from '~/ui/Skeletons'
import { TenantChoice } from './TenantChoice'

/** For somebody whom the tenant lets in with a second factor only, and who has none yet. */
export function SecondFactorNeeded() {
  const { tenant, tenants, person } = useSession()
  const signOut = useSignOut()
  return (
    <EntryCard title="Set up a second factor">
      <Stack gap="sm">
        <Text size="sm">
          {tenant?.name} lets you in with a second factor only, so that a password that somebody
          finds out opens nothing.
        </Text>
        <AuthenticatorSection isInUse={person.has_totp} />
        <Suspense fallback={<BoxSkeleton />}>
          <PasskeysSection />
        </Suspense>
        {tenants.length > 1 && <TenantChoice />}
        <Button
          variant="subtle"
          color="gray"
          loading={signOut.isPending}
          onClick={() => signOut.mutate({})}
        >
          Sign out
        </Button>
      </Stack>
      <VerificationDialog />
    </EntryCard>
  )
}
