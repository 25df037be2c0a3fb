import { api, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'

export type Member = Schemas['MemberView']
export type Invitation = Schemas['InvitationView']
export type Role = Schemas['RoleView']

export const memberList = () => api.queryOptions('get', '/v1/members')
export const invitationList = () => api.queryOptions('get', '/v1/invitations')

export const roleList = () => api.queryOptions('get', '/v1/roles')

export async function membersChanged() {
  void rolesChanged()
  await queryClient.invalidateQueries({ queryKey: ['get', '/v1/members'] })
}

export function invitationsChanged() {
  return queryClient.invalidateQueries({ queryKey: ['get', '/v1/invitations'] })
}

export function rolesChanged() {
  return queryClient.invalidateQueries({ queryKey: ['get', '/v1/roles'] })
}
