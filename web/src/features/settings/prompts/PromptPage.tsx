import { Alert, Stack } from '@mantine/core'
import { IconAlertTriangle, IconHistory, IconPencil } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useNavigate, useParams } from 'react-router'

import type { Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
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
import { PromptVersions } from './PromptVersions'
import { promptDetail, promptVersions, sourceOf } from './queries'

export function loader({ params: { name = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(promptDetail(name))
  void queryClient.prefetchQuery(promptVersions(name))
  return null
}

const COLUMNS: readonly Column<Schemas['UsedPromptVersion']>[] = [
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
  const mayWrite = useMay('write:flows')
  const navigate = useNavigate()
  return (
    <SettingsFrame
      title={prompt.title}
      description={`What AI is asked for it: ${prompt.label}.`}
      parent={{ label: 'Prompts', link: linkTo(paths.prompts()) }}
      actions={
        <ActionButton
          reason={mayWrite.reason}
          leftSection={<IconPencil size={15} aria-hidden />}
          onClick={() => void navigate(paths.editPrompt(name))}
        >
          Edit
        </ActionButton>
      }
    >
      <Stack gap="lg">
        {prompt.unusable && (
          <Alert color="red" variant="light" icon={<IconAlertTriangle size={16} />} role="alert">
            AI is not asked: {prompt.unusable}.
          </Alert>
        )}
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
        <PromptVersions prompt={prompt} />
        <Section title="Preview" description="What a model would be sent. Nothing is sent.">
          <PromptPreview key={name} prompt={prompt} />
        </Section>
        <Section
          title="Answers"
          description="The versions that answers of the last 93 days were made with."
          isFlush
        >
          <DataTable
            label="Answers"
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
