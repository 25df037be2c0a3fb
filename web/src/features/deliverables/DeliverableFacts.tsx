import { Group } from '@mantine/core'
import type { Schemas } from '~/api/api'
import { Actor } from '~/features/actors/Actor'
import { formatCost } from '~/features/ai/usage'
import { formatCount } from '~/lib/format'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { CopyButton, Id } from '~/ui/CopyButton'
import { ExternalLink } from '~/ui/ExternalLink'
import { KeyValue } from '~/ui/KeyValue'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'

type DeliverableFactsProps = { deliverable: Schemas['DeliverableDetail'] }

/** Who wrote it, with what, and where else it is. */
export function DeliverableFacts({ deliverable }: DeliverableFactsProps) {
  const { ai_model, prompt, prompt_version, tokens_used, project_id, pdf_url } = deliverable
  const { edited_by, edited_at } = deliverable
  const notionPage = notionPageOf(deliverable.formatted_output)
  return (
    <Section title="Origin">
      <KeyValue
        facts={[
          { label: 'Model', value: ai_model },
          { label: 'Prompt', value: prompt && `${prompt}@${prompt_version}` },
          {
            label: 'Tokens',
            value:
              tokens_used &&
              `${formatCount(tokens_used.input)} in, ${formatCount(tokens_used.output)} out`,
          },
          { label: 'Cost', value: costText(tokens_used?.cost) },
          { label: 'Written', value: <Time at={deliverable.generated_at} as="full" /> },
          ...(edited_by
            ? [
                { label: 'Edited by', value: <Actor value={edited_by} /> },
                { label: 'Edited', value: <Time at={edited_at} as="full" /> },
              ]
            : []),
          { label: 'Updated', value: <Time at={deliverable.updated_at} as="full" /> },
          ...(project_id
            ? [
                {
                  label: 'Project',
                  value: <TextLink to={paths.project(project_id)}>Show it</TextLink>,
                },
              ]
            : []),
          {
            label: 'Notion',
            value: notionPage && <ExternalLink href={notionPage}>Open the page</ExternalLink>,
          },
          {
            label: 'For the client',
            value: pdf_url && (
              <Group gap={2}>
                PDF <CopyButton value={pdf_url} label="Copy the address of the PDF" />
              </Group>
            ),
            hint: 'Whoever has this address gets it as PDF.',
          },
          {
            label: 'Invoice system',
            value: deliverable.external_id && <Id value={deliverable.external_id} />,
          },
          { label: 'Deliverable id', value: <Id value={deliverable.deliverable_id} /> },
        ]}
      />
    </Section>
  )
}

function costText(dollars: number | null | undefined): string | undefined {
  return typeof dollars === 'number' ? formatCost(String(dollars)) : undefined
}

function notionPageOf(output: unknown): string | undefined {
  if (typeof output !== 'object' || output === null) return undefined
  const page = 'notion_page_url' in output ? output.notion_page_url : undefined
  return typeof page === 'string' ? page : undefined
}
