import { api, type Schemas } from '~/api/api'

const TYPES = 4

/**
 * A proposal is made once there is one deliverable of each type that counts, with a review or with
 * what the assistant delivers: those have no prompt of ours.
 */
export function mayHaveProposal(deliverables: readonly Schemas['DeliverableView'][]): boolean {
  const counting = deliverables.filter(({ is_attached }) => is_attached)
  const isTold = counting.some(({ reviewed_at, prompt }) => reviewed_at || !prompt)
  return isTold && new Set(counting.map(({ type }) => type)).size === TYPES
}

export const proposalOfLead = (leadId: string) =>
  api.queryOptions('get', '/v1/leads/{lead_id}/proposal', {
    params: { path: { lead_id: leadId } },
  })
