import { api, type Schemas } from '~/api/api'

export type Prompt = Schemas['PromptView']

export const promptList = () => api.queryOptions('get', '/v1/prompts')

export const promptDetail = (name: string) =>
  api.queryOptions('get', '/v1/prompts/{name}', { params: { path: { name } } })

/** Whose text it is. */
export function sourceOf({ is_shipped }: Pick<Prompt, 'is_shipped'>): string {
  return is_shipped ? 'Shipped' : 'Your installation'
}

/** What a preview begins with: each variable, empty. */
export function emptyVariables({ variables }: Pick<Prompt, 'variables'>): string {
  return JSON.stringify(Object.fromEntries(variables.map((name) => [name, ''])), undefined, 2)
}

/** The variables that were typed, or why they cannot be used. */
export function readVariables(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text)
    if (value && typeof value === 'object' && !Array.isArray(value)) return { ...value }
    return 'Write one JSON object, such as {"company_name": "TechFlow"}.'
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : 'check the quotes'}.`
  }
}
