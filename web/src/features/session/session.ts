import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { redirect } from 'react-router'

import { client, type Schemas } from '~/api/api'
import { asProblem } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { paths } from '~/lib/paths'
import { startAgain } from './otherTabs'

export type Session = Schemas['SessionView']

const FRESH_MS = 5 * 60_000

export const sessionQuery = () =>
  queryOptions({
    queryKey: ['get', '/v1/session'],
    queryFn: ({ signal }) => readSession(signal),
    staleTime: FRESH_MS,
  })

/** Who is signed in. Every page inside the shell has one. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery()).data
}

/** The shell's loader: whoever is not signed in is led to the sign-in page, and back after it. */
export async function requireSession({ request }: { request: Request }) {
  const session = await findSession()
  if (session?.state === 'signed_in') return null
  const { pathname, search } = new URL(request.url)
  throw redirect(paths.signIn(pathname === paths.today() ? undefined : pathname + search))
}

/** The session of this browser, if it has one. */
export async function findSession(): Promise<Session | undefined> {
  try {
    return await queryClient.ensureQueryData(sessionQuery())
  } catch (error) {
    if (asProblem(error).status === 401) return undefined
    throw error
  }
}

/**
 * Reads the session anew. Whatever changes who one is or what one may do gives the browser another
 * session, and with it another token to send along.
 */
export function refreshSession(): Promise<Session> {
  void queryClient.invalidateQueries({ queryKey: ['get', '/v1/sessions'] })
  return queryClient.fetchQuery({ ...sessionQuery(), staleTime: 0 })
}

/** After a second factor was set up: what was refused for want of it is asked again. */
export function refreshWithSecondFactor() {
  queryClient.removeQueries({ predicate: ({ state }) => state.status === 'error' })
  return refreshSession()
}

/**
 * Reads a session anew that may have become another one, and says whether what was meant for it
 * still holds. Where another tab signed in somebody else or went to another tenant, the page
 * starts again: what it shows, and what was about to be sent, belongs to the one before.
 */
export async function renewSession(): Promise<boolean> {
  const before = queryClient.getQueryData(sessionQuery().queryKey)
  try {
    const after = await refreshSession()
    if (!before || placeOf(before) === placeOf(after)) return true
  } catch (error) {
    if (asProblem(error).status !== 401) return false
  }
  if (before?.state === 'signed_in') startAgain()
  return false
}

function placeOf({ person, tenant }: Session): string {
  return `${person.person_id} ${tenant?.tenant_id}`
}

async function readSession(signal: AbortSignal): Promise<Session> {
  const { data, error } = await client.GET('/v1/session', { signal })
  if (!data) throw error
  return data
}
