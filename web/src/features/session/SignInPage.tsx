import { Alert, Anchor, Divider, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, redirect, useLoaderData, useLocation, useSearchParams } from 'react-router'
import { api, type Schemas } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { paths } from '~/lib/paths'
import { EntryCard } from './EntryCard'
import { enter } from './otherTabs'
import { PasskeyButton, PasskeyError } from './PasskeyButton'
import { ProviderButton, ProviderReturn } from './ProviderButton'
import { signInWithPasskey } from './passkeys'
import { returnAddress } from './returnAddress'
import { SecondFactorForm } from './SecondFactorForm'
import { findSession, refreshSession } from './session'
import { SubmitButton, TriesError, useWait } from './Tries'

type Step = 'password' | 'second_factor'

/** Where signing in goes on: a browser may have been closed between the password and the code. */
export async function loader({ request }: { request: Request }): Promise<Step | Response> {
  // Without an answer the form is shown all the same; it says what is wrong when it is sent.
  const session = await findSession().catch(() => undefined)
  const { searchParams } = new URL(request.url)
  const problem = searchParams.get('problem')
  if (session?.state === 'signed_in') {
    // Whoever came back from the provider in vain sees why, where they are.
    return redirect(problem ? paths.account(problem) : returnAddress(searchParams.get('return')))
  }
  return session ? 'second_factor' : 'password'
}

export default function SignInPage() {
  const [step, setStep] = useState(useLoaderData<Step>())
  const [isExpired, setIsExpired] = useState(false)
  const [search] = useSearchParams()

  const goOn = async (state: Schemas['SignInState']) => {
    await refreshSession().catch(() => Promise.reject(NOT_KEPT))
    if (state === 'signed_in') enter(returnAddress(search.get('return')))
    else setStep('second_factor')
  }
  const expire = () => {
    setIsExpired(true)
    setStep('password')
  }

  return (
    <EntryCard title={step === 'password' ? 'Sign in' : 'Confirm that it is you'}>
      {step === 'password' ? (
        <Stack gap="sm">
          {isExpired && (
            <Alert color="yellow" variant="light" role="status" p="xs">
              The code came too late. Start again with your password.
            </Alert>
          )}
          <ProviderReturn />
          <PasswordForm onDone={goOn} />
          <Divider label="or" />
          <PasskeyWay onDone={goOn} />
          <ProviderButton
            begin={{ purpose: 'sign_in', return_to: returnAddress(search.get('return')) }}
            verb="Sign in with"
            size="sm"
          />
        </Stack>
      ) : (
        <SecondFactorForm onDone={goOn} onBack={() => setStep('password')} onExpired={expire} />
      )}
    </EntryCard>
  )
}

const NOT_KEPT = {
  type: 'about:blank',
  title: 'Your browser did not keep the session',
  status: 401,
  code: 'session-not-kept',
  detail:
    'Your browser did not keep the session. It does so over https only, and not while cookies are blocked.',
}

type WayProps = { onDone: (state: Schemas['SignInState']) => Promise<void> }

function PasswordForm({ onDone }: WayProps) {
  const form = useForm({
    initialValues: { email: knownEmail(useLocation().state), password: '' },
    validate: {
      email: (email) => (email.includes('@') ? null : 'Enter your e-mail address.'),
      password: (password) => (password ? null : 'Enter your password.'),
    },
  })
  const signIn = api.useMutation('post', '/v1/session', {
    onSuccess: ({ state }) => onDone(state),
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const wait = useWait(signIn.error)
  const hasEmail = form.getInitialValues().email !== ''

  return (
    <form onSubmit={form.onSubmit((body) => signIn.mutate({ body }))} noValidate>
      <Stack gap="sm">
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          autoFocus={!hasEmail}
          size="sm"
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          autoFocus={hasEmail}
          size="sm"
          {...form.getInputProps('password')}
        />
        <TriesError error={signIn.error} wait={wait} />
        <SubmitButton wait={wait} isPending={signIn.isPending || signIn.isSuccess}>
          Sign in
        </SubmitButton>
        <Text size="sm" ta="center">
          <Anchor component={Link} to={paths.forgotPassword()} size="sm">
            Forgot your password?
          </Anchor>
        </Text>
      </Stack>
    </form>
  )
}

function PasskeyWay({ onDone }: WayProps) {
  const signIn = useMutation({
    mutationFn: signInWithPasskey,
    onSuccess: ({ state }) => onDone(state),
  })
  const wait = useWait(signIn.error)
  return (
    <>
      <PasskeyError error={signIn.error} wait={wait} />
      <PasskeyButton
        size="sm"
        isPending={signIn.isPending || signIn.isSuccess}
        onClick={() => signIn.mutate()}
      >
        Sign in with a passkey
      </PasskeyButton>
    </>
  )
}

/** The address that an invitation is for, when somebody comes from one. */
function knownEmail(state: unknown): string {
  const isGiven = typeof state === 'object' && state !== null && 'email' in state
  return isGiven && typeof state.email === 'string' ? state.email : ''
}
