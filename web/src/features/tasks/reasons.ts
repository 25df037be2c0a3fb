import type { HumanTask } from './types'

/** Why a task cannot be answered by somebody with this role; undefined when it can. */
export function answerReason(
  { status, ended_by, roles }: Pick<HumanTask, 'status' | 'ended_by' | 'roles'>,
  role: string | undefined,
): string | undefined {
  if (status !== 'open') {
    return `This task was ${status}${ended_by ? ` by ${ended_by}` : ''}; nobody waits for an answer any more.`
  }
  if (role && role !== 'owner' && roles.length > 0 && !roles.includes(role)) {
    return `This task is for the roles ${roles.join(', ')}, and yours is ${role}. Ask one of them.`
  }
  return undefined
}
