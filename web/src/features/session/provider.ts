import { api } from '~/api/api'

/** What people call the provider through which they may sign in; nothing where there is none. */
export function useProviderName(): string | undefined {
  const { data } = api.useQuery('get', '/v1/session/options', {}, { staleTime: Infinity })
  return data?.provider?.name
}

/** What a browser was sent back with from the provider, in words. */
export function returnMessage(code: string, name = 'The provider'): string {
  return MESSAGES[code]?.(name) ?? 'Signing in did not work. Try again.'
}

const MESSAGES: Readonly<Record<string, (name: string) => string>> = {
  'attempt-expired': () =>
    'This attempt is over: it took too long, was finished before, or was begun in another tab. Begin again.',
  'identity-taken': (name) =>
    `You are connected with another account of ${name}, or somebody else here is connected with this one. Disconnect that first.`,
  'identity-unknown': (name) =>
    `Nobody here is connected with this account of ${name}. Sign in with your password and connect it on your account page, or open your invitation.`,
  'identity-unverified': (name) =>
    `${name} does not say that it has verified the same e-mail address. Verify it there, or use the account that has it.`,
  'link-expired': () => 'The invitation was used, was revoked or has expired. Ask for another.',
  'provider-answer-invalid': (name) =>
    `What ${name} answered cannot be believed. Try again, and tell whoever runs this server if it happens again.`,
  'provider-refused': (name) =>
    `${name} refused. Try again, and tell whoever runs this server if it happens again.`,
  'provider-unavailable': (name) =>
    `${name} does not answer at the moment. Try again shortly, or use your password.`,
  'sign-in-cancelled': (name) => `Nothing was done: it was cancelled at ${name}.`,
  'too-many-requests': () => 'Too many tries failed. Wait a few minutes, then try again.',
  unauthenticated: () => 'You are not signed in any more. Sign in, then begin again.',
  'verification-needed': (name) =>
    `${name} did not say that it asked who you are just now. Confirm it with your password or a code; “Forgot your password?” lets you choose one.`,
}
