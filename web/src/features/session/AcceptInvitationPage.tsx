import { Button, Stack, Text } from '@mantine/core'
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { api, client, type Schemas } from '~/api/api'

import { asProblem } from '~/api/problem'
import { humanize } from '~/lib/format'
import { paths } from '~/lib/paths'
import { FormError } from '~/ui/FormError'
import { EntryCard } from './EntryCard'
import { keptInvitation, useLinkToken } from './linkToken'
import { NewcomerForm } from './NewcomerForm'
import { enter } from './otherTabs'
import { ProviderButton, ProviderReturn } from './ProviderButton'
import { findSession, sessionQuery } from './session'
import { useSignOut } from './useSignOut'

/** A browser with a session must send its token along, even here. */
export const loader = () =>
  findSession().then(
    () => null,
    () => null,
  )

/** What a link invites to; nothing when it opens nothing any more. */
const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ['post', '/v1/invitations/lookup', token],
    queryFn: async ({ signal }) => {
      const { data, error } = await client.POST('/v1/invitations/lookup', {
        body: { token },
        signal,
      })
      if (asProblem(error).code === 'link-expired') {
        keptInvitation.forget()
        return null
      }
      if (!data) throw error
      keptInvitation.keep(token)
      return data
    },
  })

export default function AcceptInvitationPage() {
  const inLink = useLinkToken()
  const token = inLink || keptInvitation.read()
  return token ? <Invitation token={token} /> : <Unusable reason="The link is not complete." />
}

function Invitation({ token }: { token: string }) {
  const { data: invitation } = useSuspenseQuery(invitationQuery(token))
  if (!invitation) return <Unusable reason="It was used, was revoked or has expired." />
  return (
    <EntryCard title={`Join ${invitation.tenant}`}>
      <Stack gap="sm">
        <Text size="sm">
          {invitation.email} is invited as <b>{humanize(invitation.role)}</b>.
        </Text>
        <ProviderReturn />
        <NextStep token={token} invitation={invitation} />
      </Stack>
    </EntryCard>
  )
}

function Unusable({ reason }: { reason: string }) {
  return (
    <EntryCard title="This invitation does not work">
      <Stack gap="sm">
        <Text size="sm">{reason} Ask whoever invited you for another.</Text>
        <Button component={Link} to={paths.signIn()} variant="default" size="sm" fullWidth>
          Go to sign in
        </Button>
      </Stack>
    </EntryCard>
  )
}

type NextStepProps = { token: string; invitation: Schemas['ShownInvitation'] }

function NextStep({ token, invitation }: NextStepProps) {
  const { data: session } = useQuery({ ...sessionQuery(), enabled: false })
  const signedInAs = session?.state === 'signed_in' ? session.person.email : undefined
  const { email, has_account } = invitation
  if (!has_account) {
    return (
      <>
        <NewcomerForm token={token} email={email} />
        <ProviderButton
          begin={{ purpose: 'invitation', token }}
          verb="Continue with"
          size="sm"
          isAlternative
        />
      </>
    )
  }
  if (!signedInAs) return <SignInFirst email={email} />
  if (signedInAs.toLowerCase() !== email.toLowerCase()) {
    return <AsAnother email={email} signedInAs={signedInAs} />
  }
  return <Join token={token} />
}

function SignInFirst({ email }: { email: string }) {
  return (
    <>
      <Text size="sm">You have an account already. Sign in, and you come back here.</Text>
      <Button
        component={Link}
        to={paths.signIn(paths.acceptInvitation())}
        state={{ email }}
        size="sm"
        fullWidth
      >
        Sign in to accept
      </Button>
    </>
  )
}

function AsAnother({ email, signedInAs }: { email: string; signedInAs: string }) {
  const signOut = useSignOut(paths.acceptInvitation())
  return (
    <>
      <Text size="sm">
        You are signed in as {signedInAs}. Sign in as {email} to accept.
      </Text>
      <Button
        size="sm"
        fullWidth
        loading={signOut.isPending || signOut.isSuccess}
        onClick={() => signOut.mutate({})}
      >
        Sign out and go on
      </Button>
    </>
  )
}

function Join({ token }: { token: string }) {
  const accept = api.useMutation('post', '/v1/invitations/acceptance', {
    onSuccess: () => {
      keptInvitation.forget()
      enter(paths.today())
    },
  })
  return (
    <>
      <FormError error={accept.error} />
      <Button
        size="sm"
        fullWidth
        loading={accept.isPending || accept.isSuccess}
        onClick={() => accept.mutate({ body: { token } })}
      >
        Accept the invitation
      </Button>
    </>
  )
}
