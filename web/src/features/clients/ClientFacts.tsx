import type { Schemas } from '~/api/api'
import { formatMoney } from '~/lib/format'
import { CopyButton, Id } from '~/ui/CopyButton'
import { KeyValue } from '~/ui/KeyValue'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import classes from './ClientFacts.module.css'

type ClientFactsProps = {
  client: Schemas['ClientView']
  /** What its invoices, or what was agreed on, come to. */
  value: readonly Schemas['Money'][] | undefined
}

export function ClientFacts({ client, value }: ClientFactsProps) {
  const { email, phone } = client
  return (
    <Section title="Client">
      <KeyValue
        facts={[
          { label: 'Contact', value: client.contact_name },
          {
            label: 'E-mail',
            value: (
              <span className={classes.copied}>
                <a href={`mailto:${email}`} className="h-link h-cut" title={email}>
                  {email}
                </a>
                <CopyButton value={email} label="Copy e-mail" />
              </span>
            ),
          },
          {
            label: 'Phone',
            value: phone && (
              <span className={classes.copied}>
                <a href={`tel:${phone}`} className="h-link">
                  {phone}
                </a>
                <CopyButton value={phone} label="Copy phone" />
              </span>
            ),
          },
          { label: 'Industry', value: client.industry },
          {
            label: 'Value',
            value: value?.map(formatMoney).join(' + '),
            hint: 'Its invoices that are not void; without one, the milestones that were agreed on.',
          },
          { label: 'First seen', value: <Time at={client.created_at} as="full" /> },
          { label: 'Client id', value: <Id value={client.client_id} /> },
        ]}
      />
    </Section>
  )
}
