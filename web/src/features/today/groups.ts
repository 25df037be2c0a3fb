import type { Tone } from '~/ui/status'
import type { GroupName } from './items'

type GroupLook = { title: string; tone: Tone; description: string }

export const GROUPS: Record<GroupName, GroupLook> = {
  approvals: {
    title: 'Approvals and tasks',
    tone: 'warning',
    description: 'Runs that go on when somebody answers.',
  },
  reviews: {
    title: 'To review',
    tone: 'warning',
    description: 'Texts that were written for clients and that nobody approved yet.',
  },
  unclear_sends: {
    title: 'Unclear sends',
    tone: 'warning',
    description: 'Look at the other side, then say how it goes on.',
  },
  failed_runs: {
    title: 'Failed runs',
    tone: 'danger',
    description: 'What they did before stays done.',
  },
  alerts: {
    title: 'Alerts',
    tone: 'danger',
    description: 'Resolve one when its cause is gone.',
  },
  overdue: {
    title: 'Overdue',
    tone: 'danger',
    description: 'Invoices and milestones past their day.',
  },
}
