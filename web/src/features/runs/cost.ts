import { asRecord } from '~/features/flows/model/values'
import { formatCount } from '~/lib/format'
import type { Call, ModelUsage } from './contract'

/** What a call used of models, as far as it is known. */
export function usageOf(call: Pick<Call, 'usage'>): ModelUsage[] {
  const list: unknown[] = Array.isArray(call.usage) ? call.usage : []
  return list
    .map(asRecord)
    .flatMap((entry) =>
      typeof entry.model === 'string' ? [{ ...entry, model: entry.model } as ModelUsage] : [],
    )
}

export type Cost = { calls: number; tokens: number; micros: number }

export function costOf(calls: readonly Pick<Call, 'usage'>[]): Cost {
  const used = calls.flatMap(usageOf)
  const sum = (of: (usage: ModelUsage) => number | undefined) =>
    used.reduce((total, usage) => total + (of(usage) ?? 0), 0)
  return {
    calls: used.length,
    tokens: sum(({ input_tokens = 0, output_tokens = 0 }) => input_tokens + output_tokens),
    micros: sum(({ cost_micros }) => cost_micros),
  }
}

const MICROS = 1_000_000

/** `$0.0123`, with as many digits as small amounts need. */
export function formatCost(micros: number): string {
  const dollars = micros / MICROS
  const digits = micros !== 0 && dollars < 1 ? 4 : 2
  return `$${dollars.toFixed(digits)}`
}

/** `938 in, 147 out` */
export function formatTokens({ input_tokens = 0, output_tokens = 0 }: ModelUsage): string {
  return `${formatCount(input_tokens)} in, ${formatCount(output_tokens)} out`
}
