import { Button } from '@mantine/core'
import { useState } from 'react'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { api, idempotent, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { formatCount } from '~/lib/format'
import { ActionButton } from '~/ui/ActionButton'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type Column, DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { FlowFrame, useFlow } from './FlowFrame'
import { parseDefinition } from './model/parse'
import { flowVersions } from './queries'
import { activateReason } from './reasons'
import { notifySwitched } from './switched'
import { VersionChanges } from './VersionChanges'

export function loader({ params }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(flowVersions(params.flow ?? ''))
  return null
}

type Version = Schemas['FlowVersion']

export default function FlowVersionsPage() {
  const { flow = '' } = useParams()
  const { versions, version, isOff } = useFlow(flow)
  const mayWrite = useMay('write:flows')
  const [viewed, setViewed] = useState<Version>()
  const [chosen, setChosen] = useState<Version>()

  const columns: readonly Column<Version>[] = [
    ...VERSION_COLUMNS,
    {
      header: 'Actions',
      width: '15.5rem',
      align: 'right',
      cell: (row) => (
        <>
          <Button variant="subtle" color="gray" onClick={() => setViewed(row)}>
            View
          </Button>{' '}
          <ActionButton
            variant="default"
            reason={mayWrite.reason ?? activateReason(row)}
            onClick={() => setChosen(row)}
          >
            Use this version
          </ActionButton>
        </>
      ),
    },
  ]

  return (
    <FlowFrame
      flow={flow}
      title={parseDefinition(version.source).definition?.title || flow}
      version={version}
      versionCount={versions.length}
      isOff={isOff}
      tab="versions"
      description="every version is kept as it was saved"
    >
      <DataTable
        label="Versions"
        rows={versions}
        columns={columns}
        rowKey={({ digest }) => digest}
        empty={null}
      />
      <DetailDrawer
        isOpen={viewed !== undefined}
        onClose={() => setViewed(undefined)}
        title={viewed && `Version ${viewed.version}`}
      >
        {viewed && (
          <VersionChanges flow={flow} version={viewed} inUse={isOff ? undefined : version} />
        )}
      </DetailDrawer>
      {chosen && (
        <ActivateModal
          flow={flow}
          version={chosen}
          versions={versions}
          onClose={() => setChosen(undefined)}
        />
      )}
    </FlowFrame>
  )
}

const VERSION_COLUMNS: readonly Column<Version>[] = [
  { header: 'Version', width: '8rem', cell: ({ version }) => version },
  {
    header: 'State',
    width: '9rem',
    onPhone: 'aside',
    cell: ({ in_use }) =>
      in_use ? <StatusBadge status="active" look="plain" label="In use" /> : <span />,
  },
  {
    header: 'Origin',
    width: '8rem',
    cell: ({ shipped }) => (shipped ? 'Shipped' : 'Own'),
  },
  { header: 'Since', width: '9rem', cell: ({ created_at }) => <Time at={created_at} /> },
  {
    header: 'Open runs',
    width: '7rem',
    align: 'right',
    cell: ({ open_runs }) => formatCount(open_runs),
  },
  {
    header: 'Digest',
    from: 'lg',
    cell: ({ digest }) => (
      <code className="h-mono h-faint" title={digest}>
        {digest.slice(0, 12)}
      </code>
    ),
  },
]

type ActivateModalProps = {
  flow: string
  version: Version
  versions: readonly Version[]
  onClose: () => void
}

function ActivateModal({ flow, version, versions, onClose }: ActivateModalProps) {
  const activate = api.useMutation('post', '/v1/flows/{flow}/activate', {
    onSuccess: async () => {
      await notifySwitched(flow, versions, `Version ${version.version} of ${flow} is in use`)
      onClose()
    },
  })
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title={`Use version ${version.version} of ${flow}?`}
      confirm="Use this version"
      onConfirm={() =>
        activate.mutate({
          params: { path: { flow }, header: idempotent() },
          body: { version: version.digest },
        })
      }
      isPending={activate.isPending}
      error={activate.error}
    >
      New runs start from it, on every server within a second. Runs that have begun stay on their
      version; a run can be moved on its own page.
      {version.shipped && ' As it is the shipped version, the flow follows later releases again.'}
    </ConfirmModal>
  )
}
