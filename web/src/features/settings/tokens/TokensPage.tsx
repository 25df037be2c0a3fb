import { Switch } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import type { LoaderFunctionArgs } from 'react-router'

import { api, idempotent, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { roleList } from '~/features/members/queries'
import { useMay } from '~/features/session/may'
import { useFilters } from '~/lib/filters'
import { ActionButton } from '~/ui/ActionButton'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar } from '~/ui/FilterBar'
import { notifyDone } from '~/ui/notify'
import { TableSkeleton } from '~/ui/Skeletons'
import { SettingsFrame } from '../SettingsFrame'
import { tokenColumns } from './columns'
import { NewToken } from './NewToken'
import { tokenFilters, tokenList, tokensChanged } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(tokenList(tokenFilters.of(request).all === true))
  void queryClient.prefetchQuery(roleList())
  return null
}

export default function TokensPage() {
  const { filter, setFilter, clear, isPending } = useFilters(tokenFilters)
  const may = useMay('write:tokens')
  const [isAdding, adding] = useDisclosure(false)
  return (
    <SettingsFrame
      title="API tokens"
      description="What programs and AI agents sign in with. A token is shown once, when it is created."
      actions={
        <ActionButton
          reason={may.reason}
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={adding.open}
        >
          Create token
        </ActionButton>
      }
    >
      <FilterBar isFiltered={false} onClear={clear}>
        <Switch
          label="Also revoked and expired ones"
          checked={filter.all === true}
          onChange={(event) => setFilter({ all: event.currentTarget.checked || undefined })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton rows={4} />}>
        <TokenTable all={filter.all === true} isStale={isPending} />
      </Suspense>
      <NewToken isOpen={isAdding} onClose={adding.close} />
    </SettingsFrame>
  )
}

function TokenTable({ all, isStale }: { all: boolean; isStale: boolean }) {
  const { data } = useSuspenseQuery(tokenList(all))
  const may = useMay('write:tokens')
  const [revoked, setRevoked] = useState<Schemas['TokenView']>()
  const revoke = api.useMutation('delete', '/v1/tokens/{token_id}', {
    onSuccess: async () => {
      setRevoked(undefined)
      await tokensChanged()
      notifyDone('Token revoked')
    },
  })
  return (
    <>
      <DataTable
        label="API tokens"
        rows={data.items}
        columns={tokenColumns({ reason: may.reason, onRevoke: setRevoked })}
        rowKey={({ token_id }) => token_id}
        isStale={isStale}
        empty={
          <EmptyState
            icon={IconKey}
            title="No tokens yet"
            body="A program needs one to use the API, and an AI agent to use /mcp."
          />
        }
      />
      <ConfirmModal
        isOpen={revoked !== undefined}
        onClose={() => setRevoked(undefined)}
        title={`Revoke ${revoked?.name ?? ''}`}
        confirm="Revoke token"
        isDangerous
        isPending={revoke.isPending}
        error={revoke.error}
        onConfirm={() => {
          if (!revoked) return
          const path = { token_id: revoked.token_id }
          revoke.mutate({ params: { path, header: idempotent() } })
        }}
      >
        Requests with it are refused after five seconds at the latest. This cannot be taken back.
      </ConfirmModal>
    </>
  )
}
