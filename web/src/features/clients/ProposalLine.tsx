import { useQuery } from '@tanstack/react-query'

import { files } from '~/api/files'
import { CopyButton } from '~/ui/CopyButton'
import { ExternalLink } from '~/ui/ExternalLink'
import { Time } from '~/ui/Time'
import classes from './ProposalLine.module.css'
import { proposalOfLead } from './proposals'

type ProposalLineProps = { leadId: string }

/** The proposal that was made of a lead's deliverables, as the client sees it. */
export function ProposalLine({ leadId }: ProposalLineProps) {
  const { data: proposal } = useQuery(proposalOfLead(leadId))
  if (!proposal) return null
  const { proposal_id, proposal_url, created_at } = proposal
  return (
    <div className={classes.line}>
      <ExternalLink href={proposal_url}>Proposal</ExternalLink>
      <CopyButton value={proposal_url} label="Copy the client’s address of the proposal" />
      <a href={files.proposalPdf(proposal_id)} download className="h-link">
        PDF
      </a>
      <span className={classes.when}>
        <Time at={created_at} />
      </span>
    </div>
  )
}
