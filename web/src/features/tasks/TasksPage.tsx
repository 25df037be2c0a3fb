import { Button, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconChecklist } from '@tabler/icons-react'
import { Suspense } from 'react'
import type { LoaderFunctionArgs } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { humanize } from '~/lib/format'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SegmentedFilter, SelectFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { taskColumns } from './columns'
import { TASK_KINDS, type TaskFilter, taskFilters, taskList } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(taskList(taskFilters.of(request)))
  return null
}

const OTHER_STATUSES = [
  { value: 'completed', label: 'Completed' },
  { value: 'cancelled', label: 'Cancelled' },
  { value: 'any', label: 'All' },
] as const

const KIND_OPTIONS = TASK_KINDS.map((kind) => ({ value: kind, label: humanize(kind) }))
const TYPING_MS = 300

export default function TasksPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(taskFilters)
  const findAssignee = useDebouncedCallback(
    (assignee: string) => setFilter({ assignee: assignee || undefined }),
    TYPING_MS,
  )
  return (
    <Page
      title="Tasks"
      description="What flows ask people for. A run waits until its task is answered."
    >
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SegmentedFilter
          label="Status"
          all="Open"
          value={filter.status === 'open' ? undefined : filter.status}
          options={OTHER_STATUSES}
          onChange={(status) => setFilter({ status })}
        />
        <SelectFilter
          label="Kind"
          any="Any kind"
          value={filter.kind}
          options={KIND_OPTIONS}
          onChange={(kind) => setFilter({ kind })}
        />
        <TextInput
          key={filter.assignee === undefined ? 'none' : 'some'}
          aria-label="Meant for"
          placeholder="Meant for"
          defaultValue={filter.assignee ?? ''}
          onChange={(event) => findAssignee(event.currentTarget.value.trim())}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <TaskTable filter={filter} isFiltered={isFiltered} isStale={isPending} onClear={clear} />
      </Suspense>
    </Page>
  )
}

type TaskTableProps = {
  filter: TaskFilter
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function TaskTable({ filter, isFiltered, isStale, onClear }: TaskTableProps) {
  const { rows, more } = usePaged(taskList(filter))
  return (
    <DataTable
      label="Tasks"
      rows={rows}
      columns={taskColumns}
      rowKey={({ human_task_id }) => human_task_id}
      rowLink={({ human_task_id }) => linkTo(paths.task(human_task_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No task fits the filters"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconChecklist}
            title="Nothing waits for an answer"
            body="When a flow asks for an approval or for something to be done, it is listed here."
          />
        )
      }
    />
  )
}
