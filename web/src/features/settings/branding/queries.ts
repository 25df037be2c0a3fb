import { api } from '~/api/api'

export const branding = () => api.queryOptions('get', '/v1/branding')

/** The present logo. The fragment makes the page's picture another one after a change. */
export function logoAddress(updatedAt: string | undefined): string {
  return `/v1/branding/logo#${updatedAt ?? ''}`
}
