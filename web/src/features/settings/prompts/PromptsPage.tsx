import { IconMessage2 } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'

import { queryClient } from '~/api/queryClient'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import type { Column } from '~/ui/DataTable'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { SettingsFrame } from '../SettingsFrame'
import { type Prompt, promptList, sourceOf } from './queries'

export function loader() {
  void queryClient.prefetchQuery(promptList())
  return null
}

const COLUMNS: readonly Column<Prompt>[] = [
  { header: 'Prompt', cell: ({ title }) => title },
  { header: 'Version', width: '13rem', cell: ({ name, version }) => `${name}@${version}` },
  {
    header: 'Needs',
    width: '24%',
    from: 'lg',
    cell: ({ required }) => required.join(', '),
  },
  { header: 'Text', width: '9rem', align: 'right', onPhone: 'aside', cell: sourceOf },
]

export default function PromptsPage() {
  const { data } = useSuspenseQuery(promptList())
  return (
    <SettingsFrame
      title="Prompts"
      description="What AI is asked. They are files, which the operator replaces in the folder that HANDOFF_PROMPTS names."
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
