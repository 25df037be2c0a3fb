import type { ReactNode } from 'react'

import type { Schemas } from '~/api/api'
import { useSession } from './session'

export type Permission = Schemas['Permission']

/** Whether something may be done, and otherwise why not: `<ActionButton {...may}>`. */
export type May = { allowed: true; reason?: undefined } | { allowed: false; reason: string }

export function useMay(permission: Permission): May {
  const { role, permissions } = useSession()
  if (permissions.includes(permission)) return { allowed: true }
  return {
    allowed: false,
    reason: `Your role, ${role ?? 'none'}, does not have the permission ${permission}. Ask an owner for another role.`,
  }
}

type PermissionGateProps = {
  permission: Permission
  /** What stands in its place; nothing by default. */
  otherwise?: ReactNode
  children: ReactNode
}

/** For parts that would only fail to load. Actions are shown disabled instead: see `ActionButton`. */
export function PermissionGate({ permission, otherwise = null, children }: PermissionGateProps) {
  return useMay(permission).allowed ? children : otherwise
}
