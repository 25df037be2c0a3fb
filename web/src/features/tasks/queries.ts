import { api, client } from '~/api/api'
import { paged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { defineFilters, oneOf, text } from '~/lib/filters'

export const TASK_STATUSES = ['open', 'completed', 'cancelled'] as const
export const TASK_KINDS = ['approval', 'assignment'] as const

/** Open tasks are what a person comes for; `any` shows the others too. */
export const taskFilters = defineFilters({
  status: oneOf([...TASK_STATUSES, 'any']),
  kind: oneOf(TASK_KINDS),
  assignee: text,
  run_id: text,
})

export type TaskFilter = ReturnType<typeof taskFilters.parse>

export const taskList = ({ status = 'open', ...filter }: TaskFilter) => {
  const query = { ...filter, ...(status !== 'any' && { status }) }
  return paged('/v1/human-tasks', query, (page, signal) =>
    client.GET('/v1/human-tasks', { params: { query: { ...query, ...page } }, signal }),
  )
}

export const taskDetail = (humanTaskId: string) =>
  api.queryOptions('get', '/v1/human-tasks/{human_task_id}', {
    params: { path: { human_task_id: humanTaskId } },
  })

/** After a task was answered: its run goes on, and it leaves the lists. */
export async function invalidateTasks() {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) =>
      typeof path === 'string' &&
      ['/v1/human-tasks', '/v1/runs', '/v1/today'].some((start) => path.startsWith(start)),
  })
}
