import type { Permission } from '~/features/session/may'
import { humanize } from '~/lib/format'
import type { Member, Role } from './queries'

/** Built-in roles that are for programs. */
const PROGRAMS = ['partner', 'agent']

export function isForPeople({ name }: Role): boolean {
  return !PROGRAMS.includes(name)
}

/** Whether everything that the role permits is among one's own permissions. */
export function covers(own: readonly Permission[], role: Role | undefined): boolean {
  return role?.permissions.every((permission) => own.includes(permission)) ?? false
}

type Known = {
  own: readonly Permission[]
  roles: readonly Role[]
  members: readonly Member[]
}

/** Why nothing about this member's role can be changed, if so. */
export function fixedBecause(member: Member, { own, roles, members }: Known): string | undefined {
  const role = roles.find(({ name }) => name === member.role)
  if (!covers(own, role)) return `The role ${member.role} may do more than yours. Ask an owner.`
  const owners = members.filter(({ role }) => role === 'owner')
  return member.role === 'owner' && owners.length === 1
    ? 'This is the only owner. Make another member an owner first.'
    : undefined
}

/** Why the role can be neither changed nor deleted, if so. */
export function unchangeableBecause(role: Role, own: readonly Permission[]): string | undefined {
  if (role.is_built_in) return 'Built-in roles stay as they are.'
  return covers(own, role) ? undefined : 'It may do more than your role. Ask an owner.'
}

/** Why the role cannot be deleted, if somebody has it. */
export function undeletableBecause({ member_count, token_count }: Role): string | undefined {
  return member_count + token_count > 0
    ? 'Give its members another role and revoke its tokens first.'
    : undefined
}

/** `Sales director` is `sales_director`. */
export function roleName(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[0-9_]+|_+$/g, '')
    .slice(0, 40)
}

/** `write:human_tasks` is about `human_tasks`. */
export function areaOf(permission: Permission): string {
  return permission.slice(permission.indexOf(':') + 1)
}

function verbOf(permission: Permission): string {
  return permission.slice(0, permission.indexOf(':'))
}

export type Area = { area: string; title: string; permissions: readonly Permission[] }

/** All permissions by what they are about. `self` is left out: everyone has it. */
export function areasOf(permissions: readonly Permission[]): readonly Area[] {
  const names = [...new Set(permissions.map(areaOf))].filter((area) => area !== 'self')
  return names.map((area) => ({
    area,
    title: humanize(area),
    permissions: permissions.filter((permission) => areaOf(permission) === area),
  }))
}

/** What a role may do in an area, in a word or two: `Full`, `Read`, `Read, review`. */
export function extentOf(role: Role, { permissions }: Area): string {
  const held = permissions.filter((permission) => role.permissions.includes(permission))
  if (held.length === permissions.length) return 'Full'
  return held.length === 0 ? 'None' : humanize(held.map(verbOf).join(', '))
}
