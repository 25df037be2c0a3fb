import { useSuspenseQueries } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { usePaged } from '~/api/paged'
import { Score } from '~/features/leads/Score'
import { projectDetail, projectsOfLead } from '~/features/projects/queries'
import { PermissionGate } from '~/features/session/may'
import { formatMoney, humanize } from '~/lib/format'
import { paths } from '~/lib/paths'
import { EmptyState } from '~/ui/EmptyState'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { leadsOfClient } from './about'
import { ClientDeliverables } from './ClientDeliverables'
import { ItemList } from './ItemList'
import listClasses from './ItemList.module.css'
import { ProjectProgress } from './ProjectProgress'

type ClientLeadsProps = { clientId: string }

/** What the client asked for, and what was made of it: deliverables and projects hang on leads. */
export function ClientLeads({ clientId }: ClientLeadsProps) {
  const { rows: leads } = usePaged(leadsOfClient(clientId))
  return (
    <>
      <Section title="Leads" aside={leads.length} isFlush>
        {leads.length === 0 ? (
          <EmptyState title="No leads" />
        ) : (
          <ItemList label="Leads" items={leads.map(leadItem)} />
        )}
      </Section>
      <PermissionGate permission="read:deliverables">
        <ClientDeliverables leads={leads} />
      </PermissionGate>
      <PermissionGate permission="read:projects">
        <ClientProjects leads={leads} />
      </PermissionGate>
    </>
  )
}

type Lead = Schemas['LeadView']

function leadItem(lead: Lead) {
  const { lead_id, source, status, summary, complexity_score, created_at } = lead
  return {
    key: lead_id,
    to: paths.lead(lead_id),
    title: (
      <>
        {humanize(source)}, <Time at={created_at} />
      </>
    ),
    aside: <StatusBadge status={status} look="plain" />,
    more: (
      <>
        {summary && <span className={listClasses.cut}>{summary}</span>}
        {complexity_score !== undefined && <Score value={complexity_score} />}
      </>
    ),
  }
}

function ClientProjects({ leads }: { leads: readonly Lead[] }) {
  const lists = useSuspenseQueries({
    queries: leads.map(({ lead_id }) => projectsOfLead(lead_id)),
  })
  const ids = lists.flatMap(({ data }) => data.items.map(({ project_id }) => project_id))
  const projects = useSuspenseQueries({ queries: ids.map(projectDetail) })
  if (projects.length === 0) return null
  return (
    <Section title="Projects" aside={projects.length} isFlush>
      <ItemList
        label="Projects"
        items={projects.map(({ data: project }) => ({
          key: project.project_id,
          to: paths.project(project.project_id),
          title: project.name,
          aside: <StatusBadge status={project.status} look="plain" />,
          more: (
            <>
              <ProjectProgress project={project} />
              {project.amount_paid && `${formatMoney(project.amount_paid)} paid`}
            </>
          ),
        }))}
      />
    </Section>
  )
}
