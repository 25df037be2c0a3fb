import type { components } from './schema.gen'

type WireProblem = components['schemas']['Problem'] & {
  /** From when on it makes sense to try again, as the header `Retry-After` has it. */
  retry_at?: number
}

/** What went wrong, as RFC 9457 has it, with what the page needs to decide on. */
export type Problem = WireProblem & {
  /** Whether the same request may well succeed in a moment. */
  isPassing: boolean
}

const PASSING = new Set([0, 429, 502, 503, 504])

/** Whatever was thrown, as a problem. */
export function asProblem(thrown: unknown): Problem {
  if (isWireProblem(thrown)) return { ...thrown, isPassing: PASSING.has(thrown.status) }
  return {
    type: 'about:blank',
    title: 'Something went wrong in this page',
    status: 500,
    code: 'page-failed',
    ...(thrown instanceof Error && { detail: thrown.message }),
    isPassing: false,
  }
}

/** A problem of a request that got no answer of the API's own. */
export function transportProblem(status: number): WireProblem {
  if (status === 0) {
    return {
      type: 'about:blank',
      title: 'The server cannot be reached',
      status,
      code: 'unreachable',
      detail: 'Check your connection; the page tries again by itself.',
    }
  }
  return {
    type: 'about:blank',
    title: `The server answered ${status}`,
    status,
    code: `http-${status}`,
  }
}

/** The API's problem with the time from which on trying again makes sense, if it says one. */
export async function problemOf(response: Response): Promise<WireProblem> {
  const problem: WireProblem = await response.json()
  const seconds = Number(response.headers.get('Retry-After') ?? 0)
  return seconds > 0 ? { ...problem, retry_at: Date.now() + seconds * 1_000 } : problem
}

/** A sentence for a toast or a line under a form. */
export function messageOf(thrown: unknown): string {
  const problem = asProblem(thrown)
  const [first] = problem.errors ?? []
  return sentence(problem.detail ?? first?.detail ?? problem.title)
}

/**
 * The problem's errors by form field: `/contact/email` becomes `contact.email`, as Mantine's forms
 * name nested fields. `rename` maps the API's names to the form's where they differ.
 */
export function fieldErrors(
  thrown: unknown,
  rename: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { pointer, detail } of asProblem(thrown).errors ?? []) {
    const field = pointer.split('/').filter(Boolean).join('.')
    errors[rename[field] ?? field] ??= sentence(detail)
  }
  return errors
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`
}

function isWireProblem(thrown: unknown): thrown is WireProblem {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    'title' in thrown &&
    'status' in thrown &&
    typeof thrown.status === 'number'
  )
}
