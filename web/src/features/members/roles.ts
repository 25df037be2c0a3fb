import type { Schemas } from '~/api/api'
import { ROLES } from '~/features/settings/tokens/queries'
import type { Member } from './queries'

export type Role = Schemas['Role']

/** Those that people have, each of which may do all that the next may. The others are programs'. */
export const LEVELS = ['owner', 'admin', 'manager', 'staff'] as const
export type Level = (typeof LEVELS)[number]

export const PEOPLES_ROLES = ROLES.filter(({ value }) => isLevel(value))

export function isLevel(role: Role): role is Level {
  return LEVELS.some((level) => level === role)
}

/** Whether everything that `other` may do is permitted to `own`, too. */
export function covers(own: Role | undefined, other: Role): boolean {
  if (!own || !isLevel(own)) return own === other
  // A manager may do all that programs' roles may.
  return LEVELS.indexOf(own) <= (isLevel(other) ? LEVELS.indexOf(other) : LEVELS.indexOf('manager'))
}

/** Why nothing about this member's role can be changed, if so. */
export function fixedBecause(
  member: Member,
  { ownRole, members }: { ownRole: Role | undefined; members: readonly Member[] },
): string | undefined {
  if (!covers(ownRole, member.role)) {
    return `The role ${member.role} may do more than yours. Ask an owner.`
  }
  const owners = members.filter(({ role }) => role === 'owner')
  return member.role === 'owner' && owners.length === 1
    ? 'This is the only owner. Make another member an owner first.'
    : undefined
}

type Area = {
  area: string
  /** The lowest roles that may see it and that may change it. */
  reads: Level
  changes: Level
}

/** What the roles of people may do, from the daily work to the tenant itself. */
export const AREAS: readonly Area[] = [
  { area: 'Tasks and alerts', reads: 'staff', changes: 'staff' },
  { area: 'Leads, clients, projects', reads: 'staff', changes: 'staff' },
  { area: 'Deliverables and reviews', reads: 'staff', changes: 'staff' },
  { area: 'Invoices', reads: 'staff', changes: 'manager' },
  { area: 'Intake forms', reads: 'staff', changes: 'manager' },
  { area: 'Runs', reads: 'staff', changes: 'manager' },
  { area: 'Webhooks', reads: 'staff', changes: 'manager' },
  { area: 'Flows', reads: 'staff', changes: 'admin' },
  { area: 'Connections', reads: 'staff', changes: 'admin' },
  { area: 'Members', reads: 'staff', changes: 'admin' },
  { area: 'API tokens', reads: 'admin', changes: 'admin' },
  { area: 'Audit log', reads: 'admin', changes: 'admin' },
  { area: 'Tenant settings', reads: 'staff', changes: 'owner' },
]
