import type { Schemas } from '~/api/api'

type Milestone = Schemas['MilestoneView']

/** Where a milestone stands, in words that have a look. */
export function milestoneStatus(
  { completed_at, target_date }: Milestone,
  today = new Date(),
): string {
  if (completed_at) return 'completed'
  return target_date && target_date < localDate(today) ? 'overdue' : 'pending'
}

/** What can be done with a milestone now, or why nothing can. */
export function milestoneAction(
  { completed_at, invoice_id, triggers_invoice }: Milestone,
  {
    external_project_id,
    client_id,
  }: Pick<Schemas['ProjectDetail'], 'external_project_id' | 'client_id'>,
): { label: string; reason?: string } {
  if (!completed_at) return { label: 'Complete' }
  if (invoice_id) return { label: 'Invoice', reason: 'It is completed and invoiced.' }
  if (triggers_invoice && external_project_id) {
    return { label: 'Invoice', reason: 'It is completed, and the invoice system invoices it.' }
  }
  if (!client_id) {
    return {
      label: 'Invoice',
      reason: 'The project has no client here whom it could be billed to.',
    }
  }
  return { label: 'Invoice' }
}

function localDate(date: Date): string {
  const month = String(date.getMonth() + 1).padStart(2, '0')
  return `${date.getFullYear()}-${month}-${String(date.getDate()).padStart(2, '0')}`
}
