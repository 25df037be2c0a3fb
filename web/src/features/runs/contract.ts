import type { Schemas } from '~/api/api'

export type RunRow = Schemas['RunView']

/** A run with its journal, whose entries the API’s own types leave open. */
export type Run = Omit<Schemas['RunDetail'], 'steps'> & {
  input?: unknown
  steps: Step[]
}

export type Step = { revision: number; at: string; entries: StepEntry[] }

/** What happened to a task, or to the run, within a step. */
export type StepEntry =
  | { started: string }
  | { ended: string; outcome: string }
  | { suspended: string }
  | { resumed: true }
  | { skipped_over: string; reason: string }

export type Call = Schemas['CallView']

/** What the calls of a model used. */
export type ModelUsage = {
  model: string
  prompt?: string
  provider?: string
  cost_micros?: number
  input_tokens?: number
  output_tokens?: number
}

type Problem = { content: { 'application/problem+json': Schemas['Problem'] } }
type Json<Body> = { content: { 'application/json': Body } }

/** The operation that reads one run. */
export type RunPaths = {
  '/v1/runs/{run_id}': {
    get: {
      parameters: { query?: never; header?: never; path: { run_id: string }; cookie?: never }
      requestBody?: never
      responses: { 200: Json<Run>; 403: Problem; 404: Problem }
    }
  }
}
