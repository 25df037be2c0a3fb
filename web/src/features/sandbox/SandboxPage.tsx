import { IconFlask } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import type { LoaderFunctionArgs } from 'react-router'

import { Part } from '~/api/Part'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { ActionButton } from '~/ui/ActionButton'
import { EmptyState } from '~/ui/EmptyState'
import { notifyDone, notifyProblem } from '~/ui/notify'
import { Page } from '~/ui/Page'
import { BoxSkeleton } from '~/ui/Skeletons'
import type { Provider } from './contract'
import { Faults } from './Faults'
import { LedgerTable } from './LedgerTable'
import { ProviderList } from './ProviderList'
import {
  armedFaults,
  ledger,
  providers,
  sandboxApi,
  sandboxChanged,
  sandboxFilters,
} from './queries'
import classes from './SandboxPage.module.css'

export function loader({ request }: LoaderFunctionArgs) {
  const { provider } = sandboxFilters.of(request)
  void queryClient.prefetchQuery(providers())
  void queryClient.prefetchQuery(armedFaults())
  if (provider) void queryClient.prefetchQuery(ledger(provider))
  return null
}

export default function SandboxPage() {
  return (
    <Page
      title="Sandbox"
      description="Simulators of the outside systems: what they were asked, and what they are told to do wrong."
      actions={
        <>
          <RepairAll />
          <SendIntake />
        </>
      }
    >
      <Suspense fallback={<BoxSkeleton lines={8} />}>
        <Simulators />
      </Suspense>
    </Page>
  )
}

function Simulators() {
  const { data: items } = useSuspenseQuery(providers())
  if (!items) {
    return (
      <EmptyState
        icon={IconFlask}
        title="The sandbox is off"
        body={
          <>
            This server talks to the real systems. Start one with{' '}
            <code className="h-mono">handoff demo</code> to try things on simulators.
          </>
        }
      />
    )
  }
  return <Board items={items} />
}

function Board({ items }: { items: readonly Provider[] }) {
  const { filter, setFilter, isPending } = useFilters(sandboxFilters)
  const chosen = items.find(({ provider }) => provider === filter.provider) ?? items[0]
  if (!chosen) return <EmptyState icon={IconFlask} title="There are no simulators" />
  return (
    <div className={classes.board}>
      <ProviderList
        items={items}
        chosen={chosen.provider}
        onChoose={(provider) => setFilter({ provider })}
      />
      <div className={classes.provider}>
        <Part>
          <Faults key={chosen.provider} provider={chosen} />
        </Part>
        <Part>
          <LedgerTable
            key={chosen.provider}
            provider={chosen.provider}
            isFaultyOnly={filter.faulty === true}
            onFaultyOnly={(isOn) => setFilter({ faulty: isOn || undefined })}
            isStale={isPending}
          />
        </Part>
      </div>
    </div>
  )
}

/** The invoice system sends an intake of somebody new. */
function SendIntake() {
  const { data: items } = useQuery(providers())
  const send = sandboxApi.useMutation('post', '/_sandbox/intakes', {
    onSuccess: async ({ company_name }) => {
      await sandboxChanged()
      notifyDone(`${company_name} sent an intake`)
    },
    onError: notifyProblem,
  })
  return (
    <ActionButton
      reason={items ? undefined : 'The sandbox is off.'}
      loading={send.isPending}
      onClick={() => send.mutate({})}
    >
      Send an intake
    </ActionButton>
  )
}

function RepairAll() {
  const { data: faults } = useQuery(armedFaults())
  const count = Object.values(faults ?? {})
    .flat()
    .filter(({ active }) => active).length
  const clear = sandboxApi.useMutation('delete', '/_sandbox/faults', {
    onSuccess: async () => {
      await sandboxChanged()
      notifyDone('All simulators work')
    },
    onError: notifyProblem,
  })
  return (
    <ActionButton
      variant="default"
      reason={count === 0 ? 'All simulators work.' : undefined}
      loading={clear.isPending}
      onClick={() => clear.mutate({})}
    >
      Repair all
    </ActionButton>
  )
}
