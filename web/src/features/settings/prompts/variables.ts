import type { Prompt } from './queries'

/** What an intake may say, so that a preview shows something. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  company_name: 'TechFlow Solutions',
  industry: 'B2B SaaS',
  target_audience: 'Operations managers of mid-sized companies',
  key_services: ['Branding', 'Website Design'],
  brand_values: ['Clarity', 'Reliability'],
  competitors: ['FlowCo'],
  unique_selling_point: 'Workflows that run themselves after a day of set-up',
  project_goals: ['More qualified leads'],
  budget: '$50,000 - $75,000',
  timeline: 'Three months',
}

/** What a preview begins with: each variable, with a sample where one is known. */
export function sampleVariables({ variables }: Pick<Prompt, 'variables'>): string {
  const samples = variables.map((name) => [name, SAMPLES[name] ?? ''])
  return JSON.stringify(Object.fromEntries(samples), undefined, 2)
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

/** The variables that a text lists between its lines of `+++`. */
export function listedVariables(text: string): string[] {
  const [, front = ''] = text.split('+++\n')
  const [, list = ''] = /^variables\s*=\s*\[([^\]]*)\]/m.exec(front) ?? []
  return [...list.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
}
