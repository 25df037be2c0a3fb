import type { Schemas } from '~/api/api'
import { formatCount, humanize } from '~/lib/format'
import { KeyValue } from '~/ui/KeyValue'
import { Section } from '~/ui/Section'
import classes from './AssessmentSection.module.css'
import { Score } from './Score'

type AssessmentSectionProps = { lead: Schemas['LeadDetail'] }

export function AssessmentSection({ lead }: AssessmentSectionProps) {
  const { summary, complexity_score, estimated_hours, recommended_package } = lead
  const isAssessed = complexity_score !== undefined
  return (
    <Section title="Assessment">
      {isAssessed ? (
        <>
          <p className={classes.summary}>{summary}</p>
          <KeyValue
            facts={[
              { label: 'Complexity', value: <Score value={complexity_score} /> },
              {
                label: 'Estimated hours',
                value: estimated_hours !== undefined && formatCount(estimated_hours),
              },
              {
                label: 'Package',
                value: recommended_package && humanize(recommended_package),
              },
              ...agentFacts(lead),
            ]}
          />
        </>
      ) : (
        <p className={classes.none}>
          Not assessed yet. The intake flow does it by itself, or you can press Assess.
        </p>
      )}
    </Section>
  )
}

/** What the assistant said, where one brought the lead. */
function agentFacts({ ai_assessment_score, agent_summary }: Schemas['LeadDetail']) {
  return [
    ...(ai_assessment_score === undefined
      ? []
      : [{ label: 'Assistant’s score', value: <Score value={ai_assessment_score} /> }]),
    ...(agent_summary ? [{ label: 'Assistant’s summary', value: agent_summary }] : []),
  ]
}
