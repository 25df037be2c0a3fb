import { api, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { defineFilters, flag } from '~/lib/filters'

export const tokenFilters = defineFilters({ all: flag })

export const tokenList = (all: boolean) =>
  api.queryOptions('get', '/v1/tokens', { params: { query: { all } } })

export function tokensChanged() {
  return queryClient.invalidateQueries({ queryKey: ['get', '/v1/tokens'] })
}

type Token = Schemas['TokenView']

export function stateOf({ revoked_at, expires_at }: Token, now = Date.now()) {
  if (revoked_at) return 'revoked'
  return expires_at && Date.parse(expires_at) <= now ? 'expired' : 'active'
}

export const ROLES: readonly { value: Schemas['Role']; means: string }[] = [
  { value: 'owner', means: 'Everything.' },
  { value: 'admin', means: 'Everything but the tenant itself.' },
  { value: 'manager', means: 'The daily work and its machinery; no credentials, no tokens.' },
  { value: 'staff', means: 'The daily work.' },
  {
    value: 'partner',
    means: 'Another company’s system: sends webhooks, and reads the leads that came from it.',
  },
  { value: 'agent', means: 'A program that works for you: acts, never administers.' },
]

export type Holder = 'program' | Schemas['Side']

export const HOLDERS: readonly { value: Holder; label: string; short: string; means: string }[] = [
  {
    value: 'program',
    label: 'A program',
    short: 'Program',
    means: 'Uses the API, as its role allows.',
  },
  {
    value: 'reader',
    label: 'An AI agent that reads',
    short: 'Agent, reads',
    means:
      'At /mcp alone. Reads everything that its role may read, and changes nothing but memories.',
  },
  {
    value: 'actor',
    label: 'An AI agent that acts',
    short: 'Agent, acts',
    means: 'At /mcp alone. Does what its role may do, and is shown nothing that clients wrote.',
  },
]
