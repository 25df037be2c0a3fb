import type { Schemas } from '~/api/api'

export type HumanTask = Schemas['HumanTaskView']

/** The words in which an approval is decided. */
export type ApprovalDecision = Schemas['ApprovalDecision']
