import { SegmentedControl } from '@mantine/core'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type LoaderFunctionArgs, useParams, useSearchParams } from 'react-router'

import { queryClient } from '~/api/queryClient'
import { parseDefinition } from '~/features/flows/model/parse'
import { asRecord } from '~/features/flows/model/values'
import { flowVersion } from '~/features/flows/queries'
import { LazyDiagram } from '~/features/flows/workbench/LazyParts'
import { Split } from '~/features/flows/workbench/Split'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { useLatest } from '~/lib/useLatest'
import { EmptyState } from '~/ui/EmptyState'
import { ErrorState } from '~/ui/ErrorState'
import { Page } from '~/ui/Page'
import { BoxSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { RunActions } from './actions/RunActions'
import { type Activation, journalOf, tellingOf } from './activations'
import type { Run } from './contract'
import { Gantt } from './Gantt'
import { Journal } from './Journal'
import { runDetail } from './queries'
import { RunCallout } from './RunCallout'
import { RunData } from './RunData'
import { RunFacts } from './RunFacts'
import classes from './RunPage.module.css'
import { statesOf } from './states'
import { waitsOf } from './waits'

export function loader({ params }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(runDetail(params.runId ?? ''))
  return null
}

const VIEWS = [
  { value: 'steps', label: 'Steps' },
  { value: 'timeline', label: 'Timeline' },
  { value: 'data', label: 'Input & output' },
] as const

export default function RunPage() {
  const { runId = '' } = useParams()
  const { data: run } = useSuspenseQuery(runDetail(runId))
  const version = useQuery(flowVersion(run.flow, run.version))
  const source = version.data?.source
  const definition = useMemo(
    () => (source === undefined ? undefined : parseDefinition(source).definition),
    [source],
  )
  const journal = useMemo(() => journalOf(run), [run])
  const [search, setSearch] = useSearchParams()
  const view = VIEWS.find(({ value }) => value === search.get('view'))?.value ?? 'steps'
  const selected = search.get('step') ?? undefined
  const write = (name: string, value: string | undefined) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before)
        if (value) next.set(name, value)
        else next.delete(name)
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  const { instance } = asRecord(run.error)
  const failedAt = typeof instance === 'string' ? instance : undefined
  const select = useLatest((pointer: string | undefined) => write('step', pointer))

  return (
    <Page
      title={definition?.title ?? run.flow}
      badge={<StatusBadge status={run.status} />}
      width="full"
      parent={{ label: 'Runs', link: linkTo(paths.runs()) }}
      description={<RunFacts run={run} />}
      actions={<RunActions run={run} definition={definition} />}
    >
      <RunCallout
        run={run}
        waits={waitsOf(run, journal, definition)}
        onShow={(pointer) => select(pointer)}
      />
      <Split
        left={
          <RunDiagram
            run={run}
            activations={journal.activations}
            version={version}
            definition={definition}
            selected={selected}
            onSelect={select}
          />
        }
        right={
          <>
            <div className={classes.bar}>
              <SegmentedControl
                aria-label="What stands beside the diagram"
                data={[...VIEWS]}
                value={view}
                onChange={(chosen) => write('view', chosen === 'steps' ? undefined : chosen)}
              />
            </div>
            {view === 'steps' && (
              <Journal
                key={selected}
                activations={tellingOf(journal.activations)}
                remarks={journal.remarks}
                failedAt={failedAt}
                selected={selected}
                onSelect={select}
              />
            )}
            {view === 'timeline' && (
              <Gantt
                run={run}
                activations={tellingOf(journal.activations)}
                selected={selected}
                onSelect={select}
              />
            )}
            {view === 'data' && <RunData run={run} />}
          </>
        }
      />
    </Page>
  )
}

type RunDiagramProps = {
  run: Run
  activations: readonly Activation[]
  version: { error: unknown; isPending: boolean; refetch: () => unknown }
  definition: ReturnType<typeof parseDefinition>['definition']
  selected: string | undefined
  onSelect: (pointer: string | undefined) => void
}

function RunDiagram(props: RunDiagramProps) {
  const { run, activations, version, definition, selected, onSelect } = props
  const states = useMemo(() => statesOf(activations, run.status), [activations, run.status])
  if (version.error) {
    return <ErrorState error={version.error} onRetry={() => void version.refetch()} />
  }
  if (version.isPending) return <BoxSkeleton lines={6} />
  if (!definition) return <EmptyState title="The definition of this run cannot be read" />
  return (
    <LazyDiagram definition={definition} states={states} selected={selected} onSelect={onSelect} />
  )
}
