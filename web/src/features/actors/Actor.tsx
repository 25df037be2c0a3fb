import { useQuery } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { memberList } from '~/features/members/queries'
import { useMay } from '~/features/session/may'
import { tokenList } from '~/features/settings/tokens/queries'
import { actorName } from './actorName'

/** Who did something, or what made it happen, by name where that is known; the word itself on hover. */
export function Actor({ value }: { value: string }) {
  return <span title={value}>{useActorName(value)}</span>
}

function useActorName(value: string): string {
  const mayMembers = useMay('read:members').allowed
  const mayTokens = useMay('read:tokens').allowed
  const members = useQuery({
    ...memberList(),
    enabled: mayMembers && value.startsWith('member:'),
  })
  const tokens = useQuery({ ...tokenList(true), enabled: mayTokens && value.startsWith('token:') })
  return actorName(value, namesOf(members.data?.items, tokens.data?.items))
}

function namesOf(
  members: readonly Schemas['MemberView'][] = [],
  tokens: readonly Schemas['TokenView'][] = [],
): ReadonlyMap<string, string> {
  return new Map([
    ...members.map(({ person_id, name }) => [`member:${person_id}`, name] as const),
    ...tokens.map(({ token_id, name }) => [`token:${token_id}`, `Token ${name}`] as const),
  ])
}
