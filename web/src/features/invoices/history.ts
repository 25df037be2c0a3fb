import type { Schemas } from '~/api/api'
import type { TimelineItem } from '~/ui/Timeline'

/** What happened to an invoice, the latest first. */
export function historyOf(invoice: Schemas['InvoiceView']): TimelineItem[] {
  const { status, created_at, issued_at, due_at, paid_at, updated_at, void_reason } = invoice
  const isDue = status === 'issued' && due_at !== undefined
  const steps: (TimelineItem | undefined)[] = [
    { id: 'created', at: created_at, title: 'Created', status: 'draft' },
    issued_at ? { id: 'issued', at: issued_at, title: 'Issued', status: 'issued' } : undefined,
    isDue
      ? {
          id: 'due',
          at: due_at,
          title: new Date(due_at).getTime() < Date.now() ? 'Was due' : 'Due',
          status: new Date(due_at).getTime() < Date.now() ? 'overdue' : 'scheduled',
        }
      : undefined,
    paid_at
      ? {
          id: 'paid',
          at: paid_at,
          title: 'Paid',
          status: 'paid',
          ...(invoice.payment_reference && { children: invoice.payment_reference }),
        }
      : undefined,
    status === 'void'
      ? {
          id: 'void',
          at: updated_at,
          title: 'Voided',
          status: 'void',
          ...(void_reason && { children: void_reason }),
        }
      : undefined,
  ]
  const known = steps.filter((step) => step !== undefined).reverse()
  return known.sort((a, b) => new Date(b.at).getTime() - new Date(a.at).getTime())
}
