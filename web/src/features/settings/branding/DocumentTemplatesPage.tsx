import { IconFileText } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'

import { api, type Schemas } from '~/api/api'
import { files } from '~/api/files'
import { queryClient } from '~/api/queryClient'
import { humanize } from '~/lib/format'
import type { Column } from '~/ui/DataTable'
import { DataTable } from '~/ui/DataTable'
import { DownloadButton } from '~/ui/DownloadButton'
import { EmptyState } from '~/ui/EmptyState'
import { SettingsFrame } from '../SettingsFrame'

const templateList = () => api.queryOptions('get', '/v1/document-templates')

export function loader() {
  void queryClient.prefetchQuery(templateList())
  return null
}

const COLUMNS: readonly Column<Schemas['DocumentTemplateView']>[] = [
  { header: 'Document', cell: ({ template }) => humanize(template) },
  { header: 'File', width: '22%', from: 'lg', cell: ({ file }) => <code>{file}</code> },
  {
    header: 'Version',
    width: '9rem',
    cell: ({ version }) => <code className="h-mono">{version}</code>,
  },
  {
    header: 'Template',
    width: '9rem',
    onPhone: 'aside',
    cell: ({ is_shipped }) => (is_shipped ? 'Shipped' : 'Your installation'),
  },
  {
    header: 'Preview',
    width: '8rem',
    align: 'right',
    cell: ({ template }) => (
      <DownloadButton href={files.documentTemplatePreview(template)}>PDF</DownloadButton>
    ),
  },
]

export default function DocumentTemplatesPage() {
  const { data } = useSuspenseQuery(templateList())
  return (
    <SettingsFrame
      title="Document templates"
      description="What lays out the documents that clients get, shown with a client that does not exist. Colours, logo and address are the branding’s; the operator replaces templates in the folder that HANDOFF_TEMPLATES names."
    >
      <DataTable
        label="Document templates"
        rows={data.items}
        columns={COLUMNS}
        rowKey={({ template }) => template}
        empty={<EmptyState icon={IconFileText} title="No templates" />}
      />
    </SettingsFrame>
  )
}
