import { IconMessage2 } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'

import { queryClient } from '~/api/queryClient'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import type { Column } from '~/ui/DataTable'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { StatusBadge } from '~/ui/StatusBadge'
import { SettingsFrame } from '../SettingsFrame'
import { type Prompt, promptList, sourceOf } from './queries'

export function loader() {
  void queryClient.prefetchQuery(promptList())
  return null
}

const COLUMNS: readonly Column<Prompt>[] = [
  { header: 'Prompt', cell: ({ title }) => title },
  { header: 'In use', width: '15rem', cell: ({ label }) => label },
  {
    header: 'Needs',
    width: '20%',
    from: 'lg',
    cell: ({ required }) => required.join(', '),
  },
  {
    header: 'Text',
    width: '9rem',
    align: 'right',
    onPhone: 'aside',
    cell: (prompt) =>
      prompt.unusable ? (
        <StatusBadge status="failed" look="plain" label="Unusable" />
      ) : (
        sourceOf(prompt)
      ),
  },
]

export default function PromptsPage() {
  const { data } = useSuspenseQuery(promptList())
  return (
    <SettingsFrame
      title="Prompts"
      description="What AI is asked. Write your own text in the place of a shipped one; the operator may replace them for everybody in the folder that HANDOFF_PROMPTS names."
    >
      <DataTable
        label="Prompts"
        rows={data.items}
        columns={COLUMNS}
        rowKey={({ name }) => name}
        rowLink={({ name }) => linkTo(paths.prompt(name))}
        empty={<EmptyState icon={IconMessage2} title="No prompts" />}
      />
    </SettingsFrame>
  )
}
