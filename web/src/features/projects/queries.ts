import { api, client } from '~/api/api'
import { paged } from '~/api/paged'
import { defineFilters, text } from '~/lib/filters'

/** `status` is whatever word the invoice system or a person gave. */
export const projectFilters = defineFilters({ status: text })

type ProjectFilter = { status?: string }

export const projectList = (filter: ProjectFilter) =>
  paged('/v1/projects', filter, (page, signal) =>
    client.GET('/v1/projects', { params: { query: { ...filter, ...page } }, signal }),
  )

export const projectsOfLead = (leadId: string) =>
  api.queryOptions('get', '/v1/projects', { params: { query: { lead_id: leadId, limit: 100 } } })

export const projectDetail = (projectId: string) =>
  api.queryOptions('get', '/v1/projects/{project_id}', {
    params: { path: { project_id: projectId } },
  })
