import { api, client } from '~/api/api'
import { paged } from '~/api/paged'
import { defineFilters, oneOf, text } from '~/lib/filters'

export const INVOICE_STATUSES = ['draft', 'issued', 'paid', 'void'] as const

export const invoiceFilters = defineFilters({
  status: oneOf(INVOICE_STATUSES),
  client_id: text,
  project_id: text,
})

type InvoiceFilter = ReturnType<typeof invoiceFilters.parse>

export const invoiceList = (filter: InvoiceFilter) =>
  paged('/v1/invoices', filter, (page, signal) =>
    client.GET('/v1/invoices', { params: { query: { ...filter, ...page } }, signal }),
  )

export const invoiceDetail = (invoiceId: string) =>
  api.queryOptions('get', '/v1/invoices/{invoice_id}', {
    params: { path: { invoice_id: invoiceId } },
  })
