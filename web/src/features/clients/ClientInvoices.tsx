import { usePaged } from '~/api/paged'
import { shownStatus } from '~/features/invoices/status'
import { formatMoney } from '~/lib/format'
import { paths } from '~/lib/paths'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { invoicesOfClient } from './about'
import { ItemList } from './ItemList'

type ClientInvoicesProps = { clientId: string }

export function ClientInvoices({ clientId }: ClientInvoicesProps) {
  const { rows: invoices } = usePaged(invoicesOfClient(clientId))
  if (invoices.length === 0) return null
  return (
    <Section title="Invoices" aside={invoices.length} isFlush>
      <ItemList
        label="Invoices"
        items={invoices.map((invoice) => ({
          key: invoice.invoice_id,
          to: paths.invoice(invoice.invoice_id),
          title: `${invoice.number}, ${formatMoney(invoice.amount)}`,
          aside: <StatusBadge status={shownStatus(invoice)} look="plain" />,
          more: invoice.description,
        }))}
      />
    </Section>
  )
}
