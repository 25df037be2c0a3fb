import { Group } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { files } from '~/api/files'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { linkTo, TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Columns } from '~/ui/Columns'
import { CopyButton, Id } from '~/ui/CopyButton'
import { DownloadButton } from '~/ui/DownloadButton'
import { KeyValue } from '~/ui/KeyValue'
import { Money } from '~/ui/Money'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { PageSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { Timeline } from '~/ui/Timeline'
import { historyOf } from './history'
import { PayModal, VoidModal } from './InvoiceModals'
import classes from './InvoicePage.module.css'
import { invoiceDetail } from './queries'
import { payRefusal, shownStatus, voidRefusal } from './status'

export function loader({ params: { invoiceId = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(invoiceDetail(invoiceId))
  return null
}

export function Loading() {
  return <PageSkeleton title="Invoice" />
}

export default function InvoicePage() {
  const { invoiceId = '' } = useParams()
  const { data: invoice } = useSuspenseQuery(invoiceDetail(invoiceId))
  const mayWrite = useMay('write:invoices')
  const [asked, setAsked] = useState<'pay' | 'void'>()
  const close = () => setAsked(undefined)
  const { number, company_name, client_id, description, amount } = invoice
  const cannotPay = mayWrite.reason ?? payRefusal(invoice)

  return (
    <Page
      title={number}
      parent={{ label: 'Invoices', link: linkTo(paths.invoices()) }}
      badge={<StatusBadge status={shownStatus(invoice)} />}
      description={
        <>
          To <TextLink to={paths.client(client_id)}>{company_name}</TextLink>
        </>
      }
      actions={
        <>
          <DownloadButton href={files.invoicePdf(invoiceId)}>PDF</DownloadButton>
          <ActionButton
            variant="default"
            reason={mayWrite.reason ?? voidRefusal(invoice)}
            onClick={() => setAsked('void')}
          >
            Void
          </ActionButton>
          <ActionButton
            variant={cannotPay ? 'default' : 'filled'}
            reason={cannotPay}
            onClick={() => setAsked('pay')}
          >
            Mark paid
          </ActionButton>
        </>
      }
    >
      <Columns
        main={
          <>
            <Section title="Amount">
              <p className={classes.amount}>
                <Money value={amount} />
              </p>
              <p className={classes.description}>{description}</p>
            </Section>
            <Section title="History">
              <Timeline label="History of the invoice" items={historyOf(invoice)} />
            </Section>
          </>
        }
        aside={<InvoiceFacts invoice={invoice} />}
      />
      <PayModal invoice={invoice} isOpen={asked === 'pay'} onClose={close} />
      <VoidModal invoice={invoice} isOpen={asked === 'void'} onClose={close} />
    </Page>
  )
}

function InvoiceFacts({ invoice }: { invoice: Parameters<typeof historyOf>[0] }) {
  const { client_id, company_name, project_id, milestone, payment_reference, pdf_url } = invoice
  return (
    <Section title="Facts">
      <KeyValue
        facts={[
          {
            label: 'Client',
            value: <TextLink to={paths.client(client_id)}>{company_name}</TextLink>,
          },
          {
            label: 'Milestone',
            value: <TextLink to={paths.project(project_id)}>{milestone}</TextLink>,
          },
          { label: 'Issued', value: <Time at={invoice.issued_at} as="full" /> },
          { label: 'Due', value: <Time at={invoice.due_at} as="day" /> },
          { label: 'Paid', value: <Time at={invoice.paid_at} as="full" /> },
          {
            label: 'Reference',
            value: payment_reference && (
              <Group gap={2}>
                {payment_reference} <CopyButton value={payment_reference} label="Copy reference" />
              </Group>
            ),
          },
          ...(invoice.status === 'void'
            ? [{ label: 'Void because', value: invoice.void_reason }]
            : []),
          {
            label: 'For the client',
            value: pdf_url && (
              <Group gap={2}>
                PDF <CopyButton value={pdf_url} label="Copy the address of the PDF" />
              </Group>
            ),
            hint: 'Whoever has this address gets it as PDF.',
          },
          { label: 'Invoice id', value: <Id value={invoice.invoice_id} /> },
        ]}
      />
    </Section>
  )
}
