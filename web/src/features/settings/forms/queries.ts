import { api, client } from '~/api/api'
import { paged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { defineFilters, oneOf } from '~/lib/filters'
import { given } from '~/lib/given'

export const formFilters = defineFilters({ state: oneOf(['active', 'closed']) })

export type FormFilter = ReturnType<typeof formFilters.parse>

export const formList = ({ state }: FormFilter) =>
  paged('/v1/intake-forms', { state }, (page, signal) => {
    const query = { ...given({ is_active: state && state === 'active' }), ...page }
    return client.GET('/v1/intake-forms', { params: { query }, signal })
  })

export const formDetail = (formId: string) =>
  api.queryOptions('get', '/v1/intake-forms/{form_id}', { params: { path: { form_id: formId } } })

export const submissionList = (formId: string) =>
  paged(`/v1/intake-forms/${formId}/submissions`, {}, (page, signal) =>
    client.GET('/v1/intake-forms/{form_id}/submissions', {
      params: { path: { form_id: formId }, query: page },
      signal,
    }),
  )

export function formsChanged() {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) =>
      typeof path === 'string' && path.startsWith('/v1/intake-forms'),
  })
}
