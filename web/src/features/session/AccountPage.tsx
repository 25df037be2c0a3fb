import { SegmentedControl, Stack, useMantineColorScheme } from '@mantine/core'
import { Suspense } from 'react'
import { api } from '~/api/api'

import { queryClient } from '~/api/queryClient'
import { KeyValue } from '~/ui/KeyValue'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { BoxSkeleton } from '~/ui/Skeletons'
import { Time } from '~/ui/Time'
import { AuthenticatorSection } from './AuthenticatorSection'
import { NameSection } from './NameSection'
import { PasskeysSection } from './PasskeysSection'
import { PasswordSection } from './PasswordSection'
import { ProviderSection } from './ProviderSection'
import { RecoveryCodesSection } from './RecoveryCodesSection'
import { SessionsSection } from './SessionsSection'
import { useSession } from './session'

export function loader() {
  void queryClient.prefetchQuery(api.queryOptions('get', '/v1/passkeys'))
  void queryClient.prefetchQuery(api.queryOptions('get', '/v1/sessions'))
  return null
}

export default function AccountPage() {
  const { person, tenants, expires_at } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Page title="Your account" description="Who you are, and how you sign in." width="narrow">
      <Stack>
        <Section title="Profile">
          <KeyValue
            facts={[
              { label: 'E-mail', value: person.email },
              {
                label: 'Tenants',
                value: tenants.map(({ name, role }) => `${name} (${role})`).join(', '),
              },
              { label: 'Signed in until', value: <Time at={expires_at} as="full" /> },
              {
                label: 'Theme',
                value: (
                  <SegmentedControl
                    aria-label="Theme"
                    data={[
                      { value: 'light', label: 'Light' },
                      { value: 'dark', label: 'Dark' },
                      { value: 'auto', label: 'System' },
                    ]}
                    value={colorScheme}
                    onChange={setColorScheme}
                  />
                ),
              },
            ]}
          />
        </Section>
        <NameSection name={person.name} />
        <PasswordSection hasPassword={person.has_password} />
        <Suspense fallback={<BoxSkeleton />}>
          <ProviderSection />
        </Suspense>
        <Suspense fallback={<BoxSkeleton />}>
          <PasskeysSection />
        </Suspense>
        <AuthenticatorSection isInUse={person.has_totp} />
        {(person.has_totp || person.has_passkey) && <RecoveryCodesSection />}
        <Suspense fallback={<BoxSkeleton />}>
          <SessionsSection />
        </Suspense>
      </Stack>
    </Page>
  )
}
