import { Button } from '@mantine/core'
import { IconBriefcase } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import type { LoaderFunctionArgs } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SelectFilter } from '~/ui/FilterBar'
import { Page } from '~/ui/Page'
import { TableSkeleton } from '~/ui/Skeletons'
import { statusLook } from '~/ui/status'
import { projectColumns } from './columns'
import { projectFilters, projectList } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(projectList(projectFilters.of(request)))
  return null
}

export default function ProjectsPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(projectFilters)
  const options = useStatusOptions(filter.status)
  return (
    <Page title="Projects" description="What was agreed on, milestone by milestone.">
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SelectFilter
          label="Status"
          any="Any status"
          value={filter.status}
          options={options}
          onChange={(status) => setFilter({ status })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton />}>
        <ProjectTable filter={filter} isFiltered={isFiltered} isStale={isPending} onClear={clear} />
      </Suspense>
    </Page>
  )
}

// Statuses are words of whoever keeps the project, so those that occur are offered.
function useStatusOptions(chosen: string | undefined) {
  const { data } = useInfiniteQuery(projectList({}))
  const seen = data?.pages.flatMap(({ items }) => items.map(({ status }) => status)) ?? []
  const words = new Set([...seen, ...(chosen ? [chosen] : [])])
  return [...words].sort().map((status) => ({ value: status, label: statusLook(status).label }))
}

type ProjectTableProps = {
  filter: Parameters<typeof projectList>[0]
  isFiltered: boolean
  isStale: boolean
  onClear: () => void
}

function ProjectTable({ filter, isFiltered, isStale, onClear }: ProjectTableProps) {
  const { rows, more } = usePaged(projectList(filter))
  return (
    <DataTable
      label="Projects"
      rows={rows}
      columns={projectColumns}
      rowKey={({ project_id }) => project_id}
      rowLink={({ project_id }) => linkTo(paths.project(project_id))}
      more={more}
      isStale={isStale}
      empty={
        isFiltered ? (
          <EmptyState
            title="No project has this status"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconBriefcase}
            title="No projects yet"
            body="A project comes from the invoice system or an assistant once a lead is agreed on."
          />
        )
      }
    />
  )
}
