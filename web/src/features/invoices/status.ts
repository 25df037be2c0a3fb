import type { Schemas } from '~/api/api'

type Invoice = Pick<Schemas['InvoiceView'], 'status' | 'due_at' | 'number'>

/** The status as people see it: what was issued and not paid by its day is overdue. */
export function shownStatus({ status, due_at }: Invoice, now = Date.now()): string {
  return status === 'issued' && due_at && new Date(due_at).getTime() < now ? 'overdue' : status
}

/** Why an invoice cannot be paid now; nothing where it can. */
export function payRefusal({ status, number }: Invoice): string | undefined {
  if (status === 'issued') return undefined
  if (status === 'paid') return `${number} is paid already.`
  if (status === 'void') return `${number} is void: nothing is owed.`
  return `${number} is a draft: only an issued invoice can be paid.`
}

/** Why an invoice cannot be voided now; nothing where it can. */
export function voidRefusal({ status, number }: Invoice): string | undefined {
  if (status === 'void') return `${number} is void already.`
  if (status === 'paid') return `${number} was paid: pay the client back instead.`
  return undefined
}
