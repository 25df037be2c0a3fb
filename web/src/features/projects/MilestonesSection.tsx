import { useState } from 'react'

import type { Schemas } from '~/api/api'
import { useMay } from '~/features/session/may'
import { formatDate } from '~/lib/format'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { type Column, DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { ExternalLink } from '~/ui/ExternalLink'
import { Money, None } from '~/ui/Money'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { CompleteMilestoneModal } from './CompleteMilestoneModal'
import { milestoneAction, milestoneStatus } from './milestones'
import classes from './Projects.module.css'

type Milestone = Schemas['MilestoneView']

type MilestonesSectionProps = { project: Schemas['ProjectDetail'] }

export function MilestonesSection({ project }: MilestonesSectionProps) {
  const mayWrite = useMay('write:projects')
  const [chosen, setChosen] = useState<Milestone>()
  const { milestones } = project
  const done = milestones.filter(({ completed_at }) => completed_at).length

  const columns: readonly Column<Milestone>[] = [
    { header: 'Milestone', cell: (milestone) => <NameCell milestone={milestone} /> },
    {
      header: 'Status',
      width: '8.5rem',
      onPhone: 'aside',
      cell: (milestone) => <StatusBadge status={milestoneStatus(milestone)} look="plain" />,
    },
    { header: 'Date', width: '8rem', cell: (milestone) => <DateCell milestone={milestone} /> },
    {
      header: 'Amount',
      width: '8rem',
      align: 'right',
      cell: ({ amount }) => <Money value={amount} />,
    },
    {
      header: 'Invoice',
      width: '5.5rem',
      cell: ({ invoice_id }) =>
        invoice_id ? <TextLink to={paths.invoice(invoice_id)}>Show it</TextLink> : <None />,
    },
    {
      header: 'Action',
      width: '8rem',
      align: 'right',
      cell: (milestone) => {
        const { label, reason } = milestoneAction(milestone, project)
        // The invoice beside it says all that there is to say.
        if (milestone.invoice_id) return <None />
        return (
          <ActionButton
            variant="default"
            size="compact-sm"
            reason={mayWrite.reason ?? reason}
            onClick={() => setChosen(milestone)}
          >
            {label}
          </ActionButton>
        )
      },
    },
  ]

  return (
    <Section title="Milestones" aside={`${done} of ${milestones.length} completed`} isFlush>
      <DataTable
        label="Milestones"
        rows={milestones}
        columns={columns}
        rowKey={({ milestone_id }) => milestone_id}
        empty={
          <EmptyState
            title="No milestones"
            body="A project is created with the milestones that will be completed."
          />
        }
      />
      <CompleteMilestoneModal
        project={project}
        milestone={chosen}
        onClose={() => setChosen(undefined)}
      />
    </Section>
  )
}

function NameCell({ milestone }: { milestone: Milestone }) {
  const { name, deliverables, deliverables_ready } = milestone
  return (
    <div className={classes.milestone}>
      {name}
      {deliverables_ready.length > 0 ? (
        <span className={classes.deliverables}>
          {deliverables_ready.map((ready, index) => (
            <span key={ready.name}>
              {index > 0 && ', '}
              {ready.url ? <ExternalLink href={ready.url}>{ready.name}</ExternalLink> : ready.name}
            </span>
          ))}
        </span>
      ) : (
        <span className={classes.deliverables}>{deliverables.join(', ')}</span>
      )}
    </div>
  )
}

function DateCell({ milestone: { completed_at, target_date } }: { milestone: Milestone }) {
  if (completed_at) return <Time at={completed_at} />
  return target_date ? formatDate(target_date) : <None />
}
