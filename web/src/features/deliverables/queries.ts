import { api } from '~/api/api'

export const deliverableDetail = (deliverableId: string) =>
  api.queryOptions('get', '/v1/deliverables/{deliverable_id}', {
    params: { path: { deliverable_id: deliverableId } },
  })
