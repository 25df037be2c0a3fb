import { Stack } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import type { Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { CodeBlock } from '~/ui/CodeBlock'
import type { Column } from '~/ui/DataTable'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import { SettingsFrame } from '../SettingsFrame'
import { PromptPreview } from './PromptPreview'
import { promptDetail, sourceOf } from './queries'

export function loader({ params: { name = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(promptDetail(name))
  return null
}

const COLUMNS: readonly Column<Schemas['PromptVersion']>[] = [
  { header: 'Version', cell: ({ label }) => label },
  { header: 'Answers', width: '6rem', align: 'right', cell: ({ calls }) => calls },
  {
    header: 'First used',
    width: '8rem',
    align: 'right',
    from: 'lg',
    cell: ({ first_at }) => <Time at={first_at} />,
  },
  {
    header: 'Last used',
    width: '8rem',
    align: 'right',
    onPhone: 'aside',
    cell: ({ last_at }) => <Time at={last_at} />,
  },
]

export default function PromptPage() {
  const { name = '' } = useParams()
  const { data: prompt } = useSuspenseQuery(promptDetail(name))
  return (
    <SettingsFrame
      title={prompt.title}
      description={`What AI is asked for it: ${name}@${prompt.version}.`}
      parent={{ label: 'Prompts', link: linkTo(paths.prompts()) }}
    >
      <Stack gap="lg">
        <Section title="About">
          <KeyValue
            facts={[
              { label: 'Text', value: sourceOf(prompt) },
              { label: 'Not sent without', value: prompt.required.join(', ') },
              {
                label: 'Longest answer',
                value: `${prompt.max_tokens.toLocaleString()} tokens`,
                hint: 'Thinking included',
              },
            ]}
          />
        </Section>
        <PromptPreview key={name} prompt={prompt} />
        <Section
          title="Versions"
          description="Those that answers of the last 93 days were made with."
          isFlush
        >
          <DataTable
            label="Versions"
            rows={prompt.versions}
            columns={COLUMNS}
            rowKey={({ label }) => label}
            empty={<EmptyState icon={IconHistory} title="Not used yet" />}
          />
        </Section>
        <CodeBlock label={`${name}.md`} code={prompt.text} />
        <JsonView label={`${name}.schema.json, the answer`} value={prompt.schema} depth={1} />
      </Stack>
    </SettingsFrame>
  )
}
