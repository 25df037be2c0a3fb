import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { api, client, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'

export type Prompt = Schemas['PromptView']
export type PromptVersion = Schemas['PromptVersion']

/** The name of the installation's text among the versions. */
export const SHIPPED = 'shipped'

export const promptList = () => api.queryOptions('get', '/v1/prompts')

export const promptDetail = (name: string) =>
  api.queryOptions('get', '/v1/prompts/{name}', { params: { path: { name } } })

export const promptVersions = (name: string) =>
  api.queryOptions('get', '/v1/prompts/{name}/versions', { params: { path: { name } } })

export const promptVersion = (name: string, version: string) =>
  api.queryOptions('get', '/v1/prompts/{name}/versions/{version}', {
    params: { path: { name, version } },
  })

/** What the server says of a text. The answer of the text before stands until the new one is there. */
export const checkedPrompt = (name: string, text: string) =>
  queryOptions({
    queryKey: ['post', '/v1/prompts/{name}/check', name, text],
    queryFn: async ({ signal }) => {
      const { data, error } = await client.POST('/v1/prompts/{name}/check', {
        params: { path: { name } },
        body: { text },
        signal,
      })
      if (!data) throw error
      return data
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  })

/** After a text was published or another taken into use. */
export async function invalidatePrompts() {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) =>
      typeof path === 'string' && path.startsWith('/v1/prompts') && !path.endsWith('/check'),
  })
}

/** Whose text is in use. */
export function sourceOf({
  own_version,
  is_shipped,
}: Pick<Prompt, 'own_version' | 'is_shipped'>): string {
  if (own_version !== undefined) return `Own, version ${own_version}`
  return is_shipped ? 'Shipped' : 'Your installation'
}

/** A version as a person names it. */
export function nameOf({ version }: Pick<PromptVersion, 'version'>): string {
  return version === SHIPPED ? 'the shipped text' : `version ${version}`
}
