import { expect, test } from 'vitest'

import { milestoneAction, milestoneStatus } from './milestones'

const open = {
  milestone_id: 'mile_1',
  name: 'Launch',
  deliverables: [],
  deliverables_ready: [],
  triggers_invoice: false,
}
const completed = { ...open, completed_at: '2026-11-20T09:00:00Z' }
const ours = { client_id: 'client_1' }

test('a milestone past its day is overdue until it is completed', () => {
  const today = new Date(2026, 10, 22)
  expect(milestoneStatus({ ...open, target_date: '2026-11-22' }, today)).toBe('pending')
  expect(milestoneStatus({ ...open, target_date: '2026-11-21' }, today)).toBe('overdue')
  expect(milestoneStatus({ ...completed, target_date: '2026-11-01' }, today)).toBe('completed')
})

test('a milestone is completed once and invoiced once', () => {
  expect(milestoneAction(open, ours)).toEqual({ label: 'Complete' })
  expect(milestoneAction(completed, ours)).toEqual({ label: 'Invoice' })
  expect(milestoneAction({ ...completed, invoice_id: 'inv_1' }, ours).reason).toBeDefined()
  expect(milestoneAction(completed, {}).reason).toContain('no client')
  expect(
    milestoneAction({ ...completed, triggers_invoice: true }, { external_project_id: 'p' }).reason,
  ).toContain('invoice system')
})
