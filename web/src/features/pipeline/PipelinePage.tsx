import { Kbd, Skeleton } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import type { LoaderFunctionArgs } from 'react-router'

import { queryClient } from '~/api/queryClient'
import { STAGES } from '~/features/clients/queries'
import { useFilters } from '~/lib/filters'
import { FilterBar, SearchFilter, SegmentedFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { Board } from './Board'
import boardClasses from './Board.module.css'
import { needsSomebody } from './board'
import classes from './PipelinePage.module.css'
import { pipelineFilters, pipelineQuery } from './queries'
import type { Stage } from './types'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(pipelineQuery(pipelineFilters.of(request).text))
  return null
}

const WAITING = [{ value: 'waiting', label: 'Tasks or failures' }] as const

export default function PipelinePage() {
  const { filter, setFilter, clear, isPending } = useFilters(pipelineFilters)
  const { text, waiting, stage } = filter
  return (
    <Page title="Pipeline" description={<PipelineHints />} width="full">
      <FilterBar isFiltered={text !== undefined || waiting !== undefined} onClear={clear}>
        <SearchFilter
          label="Search company, contact or e-mail"
          value={text}
          onChange={(searched) => setFilter({ text: searched })}
        />
        <SegmentedFilter
          label="Which clients"
          all="All"
          value={waiting ? 'waiting' : undefined}
          options={WAITING}
          onChange={(chosen) => setFilter({ waiting: chosen ? true : undefined })}
        />
      </FilterBar>
      <div className={classes.board} data-stale={isPending || undefined}>
        <Suspense fallback={<BoardSkeleton />}>
          <PipelineBoard
            searched={text}
            isWaiting={waiting ?? false}
            shownStage={stage}
            onShowStage={(shown) => setFilter({ stage: shown })}
          />
        </Suspense>
      </div>
    </Page>
  )
}

function PipelineHints() {
  return (
    <>
      Every client by stage, the last moved on top.{' '}
      <span className={classes.keys}>
        Drag a card, or press <Kbd size="xs">m</Kbd> on it.
      </span>
    </>
  )
}

type PipelineBoardProps = {
  searched: string | undefined
  isWaiting: boolean
  shownStage: Stage | undefined
  onShowStage: (stage: Stage) => void
}

function PipelineBoard({ searched, isWaiting, shownStage, onShowStage }: PipelineBoardProps) {
  const { data } = useSuspenseQuery(pipelineQuery(searched))
  const stages = isWaiting ? data.stages.map(needsSomebody) : data.stages
  // Until somebody chooses: the first stage where there is anybody.
  const first = stages.find(({ count }) => count > 0)?.stage ?? 'intake'
  return (
    <Board
      stages={stages}
      searched={searched}
      shownStage={shownStage ?? first}
      onShowStage={onShowStage}
    />
  )
}

function BoardSkeleton() {
  return (
    <div className={boardClasses.board} role="status" aria-label="Loading">
      {STAGES.map((stage) => (
        <Skeleton key={stage} height="60%" radius="md" />
      ))}
    </div>
  )
}
