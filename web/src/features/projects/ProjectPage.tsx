import { useDisclosure } from '@mantine/hooks'
import { useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import type { Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { formatDate, humanize } from '~/lib/format'
import { linkTo, TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Columns } from '~/ui/Columns'
import { Id } from '~/ui/CopyButton'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { ExternalLink } from '~/ui/ExternalLink'
import { type Fact, KeyValue } from '~/ui/KeyValue'
import { Money } from '~/ui/Money'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { PageSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { Completion } from './columns'
import { MilestonesSection } from './MilestonesSection'
import classes from './Projects.module.css'
import { projectDetail } from './queries'
import { StatusForm } from './StatusForm'

export function loader({ params: { projectId = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(projectDetail(projectId))
  return null
}

export function Loading() {
  return <PageSkeleton title="Project" />
}

export default function ProjectPage() {
  const { projectId = '' } = useParams()
  const { data: project } = useSuspenseQuery(projectDetail(projectId))
  const mayWrite = useMay('write:projects')
  const [isChanging, changing] = useDisclosure(false)
  const { name, status, client_id, company_name, next_steps, completion_percentage } = project

  return (
    <Page
      title={name}
      parent={{ label: 'Projects', link: linkTo(paths.projects()) }}
      badge={<StatusBadge status={status} />}
      description={<ForWhom clientId={client_id} company={company_name} />}
      actions={
        <ActionButton variant="default" reason={mayWrite.reason} onClick={changing.open}>
          Update status
        </ActionButton>
      }
    >
      <Columns
        main={
          <>
            <Section title="Progress">
              <Completion percentage={completion_percentage} />
              {next_steps && <p className={classes.next}>Next: {next_steps}</p>}
            </Section>
            <MilestonesSection project={project} />
          </>
        }
        aside={<ProjectFacts project={project} />}
      />
      <DetailDrawer isOpen={isChanging} onClose={changing.close} title="Update the status">
        <StatusForm project={project} onDone={changing.close} />
      </DetailDrawer>
    </Page>
  )
}

type ForWhomProps = { clientId: string | undefined; company: string | undefined }

function ForWhom({ clientId, company }: ForWhomProps) {
  if (!clientId) return company ?? null
  return (
    <>
      For <TextLink to={paths.client(clientId)}>{company ?? 'its client'}</TextLink>
    </>
  )
}

function ProjectFacts({ project }: { project: Schemas['ProjectDetail'] }) {
  const { lead_id, payment_status, estimated_completion } = project
  return (
    <Section title="Facts">
      <KeyValue
        facts={[
          ...(lead_id
            ? [{ label: 'Lead', value: <TextLink to={paths.lead(lead_id)}>Show it</TextLink> }]
            : []),
          { label: 'Services', value: project.services.map(humanize).join(', ') },
          {
            label: 'Payment',
            value: payment_status && <StatusBadge status={payment_status} look="plain" />,
          },
          { label: 'Paid', value: <Money value={project.amount_paid} /> },
          {
            label: 'Next milestone',
            value: project.next_milestone && humanize(project.next_milestone),
          },
          { label: 'Done by', value: estimated_completion && formatDate(estimated_completion) },
          ...elsewhere(project),
          { label: 'Created', value: <Time at={project.created_at} as="full" /> },
          { label: 'Project id', value: <Id value={project.project_id} /> },
        ]}
      />
    </Section>
  )
}

/** Where else the project is, if it is. */
function elsewhere(project: Schemas['ProjectDetail']): Fact[] {
  const { notion_url, slack_channel, external_project_id, last_status_at } = project
  const facts: (Fact | undefined | '')[] = [
    notion_url && {
      label: 'Notion',
      value: <ExternalLink href={notion_url}>Open the page</ExternalLink>,
    },
    slack_channel && { label: 'Slack', value: slack_channel },
    external_project_id && { label: 'Invoice system', value: <Id value={external_project_id} /> },
    last_status_at && { label: 'Last status', value: <Time at={last_status_at} as="full" /> },
  ]
  return facts.filter((fact) => typeof fact === 'object')
}
