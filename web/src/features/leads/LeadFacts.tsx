import type { Schemas } from '~/api/api'
import { humanize } from '~/lib/format'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { CopyButton, Id } from '~/ui/CopyButton'
import { ExternalLink } from '~/ui/ExternalLink'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { Money } from '~/ui/Money'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import classes from './LeadFacts.module.css'

type LeadProps = { lead: Schemas['LeadDetail'] }

export function ClientSection({ lead }: LeadProps) {
  return (
    <Section title="Client">
      <KeyValue
        facts={[
          {
            label: 'Company',
            value: <TextLink to={paths.client(lead.client_id)}>{lead.company_name}</TextLink>,
          },
          {
            label: 'E-mail',
            value: (
              <span className={classes.email}>
                <a
                  href={`mailto:${lead.contact_email}`}
                  title={lead.contact_email}
                  className="h-link h-cut"
                >
                  {lead.contact_email}
                </a>
                <CopyButton value={lead.contact_email} label="Copy e-mail" />
              </span>
            ),
          },
        ]}
      />
    </Section>
  )
}

export function SaleSection({ lead }: LeadProps) {
  const { sales_status, contract_status, payment_status, amount_paid, next_milestone } = lead
  const isKnown = [sales_status, contract_status, payment_status, amount_paid, next_milestone].some(
    (fact) => fact !== undefined,
  )
  if (!isKnown) {
    return (
      <Section title="Sale">
        <span className="h-muted">Nothing is known of the sale yet.</span>
      </Section>
    )
  }
  return (
    <Section title="Sale">
      <KeyValue
        facts={[
          { label: 'Status', value: word(sales_status) },
          { label: 'Contract', value: word(contract_status) },
          { label: 'Payment', value: word(payment_status) },
          { label: 'Paid', value: <Money value={amount_paid} /> },
          { label: 'Next milestone', value: next_milestone },
        ]}
      />
    </Section>
  )
}

function word(status: string | undefined) {
  return status && <StatusBadge status={status} look="plain" />
}

type TeamSectionProps = LeadProps & {
  onChange: () => void
  /** Why the team cannot be changed, if it cannot. */
  cannotChange: string | undefined
}

export function TeamSection({ lead, onChange, cannotChange }: TeamSectionProps) {
  return (
    <Section
      title="Team"
      actions={
        <ActionButton variant="subtle" color="gray" reason={cannotChange} onClick={onChange}>
          Change
        </ActionButton>
      }
    >
      {lead.assigned_team.length > 0 ? (
        lead.assigned_team.map(humanize).join(', ')
      ) : (
        <span className="h-muted">Nobody works on it yet.</span>
      )}
    </Section>
  )
}

export function OriginSection({ lead }: LeadProps) {
  const { custom_fields, external_lead_id, external_lead_url } = lead
  return (
    <Section title="Origin">
      <KeyValue
        facts={[
          { label: 'Lead id', value: <Id value={lead.lead_id} /> },
          { label: 'Source', value: humanize(lead.source) },
          {
            label: 'Brought by',
            value: lead.agent_generated ? 'An assistant' : 'The client',
          },
          ...(external_lead_id
            ? [{ label: 'Invoice system', value: <Id value={external_lead_id} /> }]
            : []),
          ...(external_lead_url
            ? [
                {
                  label: 'Page there',
                  value: <ExternalLink href={external_lead_url}>Open it</ExternalLink>,
                },
              ]
            : []),
          { label: 'Received', value: <Time at={lead.created_at} as="full" /> },
          { label: 'Updated', value: <Time at={lead.updated_at} as="full" /> },
        ]}
      />
      {hasFields(custom_fields) && <JsonView label="Custom fields" value={custom_fields} />}
    </Section>
  )
}

function hasFields(fields: unknown): boolean {
  return typeof fields === 'object' && fields !== null && Object.keys(fields).length > 0
}
