import createClient, { type Middleware } from 'openapi-fetch'
import createQueryClient from 'openapi-react-query'

import { problemOf, transportProblem } from './problem'
import { queryClient } from './queryClient'
import { remedied } from './remedies'
import type { components, paths } from './schema.gen'

export type Schemas = components['schemas']

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

const SESSION = '/v1/session'
/** Whoever signs in is not known yet: being refused then is an answer, not an end. */
const SIGNING_IN = new Set([
  SESSION,
  '/v1/session/passkey',
  '/v1/session/second-factor',
  '/v1/session/verification/challenge',
])
const SIGNED_OUT = 401
const REFUSED = 403

let leave = () => {}

/** What to do when the server does not know us any more. Said once, at the start. */
export function onSignedOut(handler: () => void) {
  leave = handler
}

/** Requests that may have to be sent once more, with their bodies unread. */
const repeatable = new Map<string, Request>()

/** Sends what the server asks of browsers, and makes every failure a problem. */
const middleware: Middleware = {
  onRequest({ request, id }) {
    if (SAFE_METHODS.has(request.method)) return undefined
    repeatable.set(id, request.clone())
    return withCsrfToken(request)
  },
  async onResponse({ response, schemaPath, id }) {
    const again = repeatable.get(id)
    repeatable.delete(id)
    if (response.ok) return undefined
    if (again && response.status === REFUSED && (await remedied(response))) {
      return globalThis.fetch(withCsrfToken(again))
    }
    if (response.status === SIGNED_OUT && !SIGNING_IN.has(schemaPath)) leave()
    const type = response.headers.get('Content-Type') ?? ''
    if (!type.includes('json')) throw transportProblem(response.status)
    if (response.headers.has('Retry-After')) throw await problemOf(response)
    return undefined
  },
  onError({ error, id }) {
    repeatable.delete(id)
    // What `fetch` throws when no answer came. Others, such as being aborted, stay what they are.
    if (error instanceof TypeError) throw transportProblem(0)
  },
}

function withCsrfToken(request: Request): Request {
  const token = csrfToken()
  if (token) request.headers.set('X-CSRF-Token', token)
  return request
}

/** A client of some of the API's paths. */
export function createApiClient<Paths extends object>() {
  const created = createClient<Paths>({
    baseUrl: window.location.origin,
    credentials: 'same-origin',
    // Looked up at each request, so that a test's mock server can stand in for the network.
    fetch: (request) => globalThis.fetch(request),
  })
  created.use(middleware)
  return created
}

/** The API, for loaders and lists. Components use `api`. */
export const client = createApiClient<paths>()

/** The API as queries: `useSuspenseQuery(api.queryOptions('get', '/v1/tenant'))`. */
export const api = createQueryClient(client)

/** What the API answered, which may be nothing; its problem is thrown. */
export async function answerOf<Data>(
  request: Promise<{ data?: Data; error?: unknown }>,
): Promise<Data | undefined> {
  const { data, error } = await request
  if (error !== undefined) throw error
  return data
}

function csrfToken(): string | undefined {
  return queryClient.getQueryData<{ csrf_token: string }>(['get', SESSION])?.csrf_token
}

/** A header that makes a request safe to repeat. Make it once for each thing the person does. */
export function idempotent(): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': crypto.randomUUID() }
}
