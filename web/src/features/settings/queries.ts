import { api } from '~/api/api'

export const tenant = () => api.queryOptions('get', '/v1/tenant')
export const retention = () => api.queryOptions('get', '/v1/retention')
