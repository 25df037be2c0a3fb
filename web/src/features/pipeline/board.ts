import { replaceEqualDeep } from '@tanstack/react-query'

import type { Schemas } from '~/api/api'
import { STATUSES } from '~/ui/status'
import type { Card, Pipeline, PipelineStage, Stage } from './types'

type Money = Schemas['Money']

/** The later board, with the very cards of the earlier one where nothing of them changed but their place. */
export function keepCards(before: Pipeline, after: Pipeline): Pipeline {
  const known = new Map(
    before.stages.flatMap(({ cards }) => cards).map((card) => [card.client_id, card]),
  )
  return {
    stages: after.stages.map((column) => ({
      ...column,
      cards: column.cards.map((card) => replaceEqualDeep(known.get(card.client_id), card)),
    })),
  }
}

/** The board as it will be when a client has moved: its card on top of the other stage. */
export function moveCard(pipeline: Pipeline, clientId: string, to: Stage, now: string): Pipeline {
  const card = cardOf(pipeline, clientId)
  if (!card || card.stage === to) return pipeline
  const moved: Card = { ...card, stage: to, stage_since: now, movable_to: [] }
  return {
    stages: pipeline.stages.map((column) => {
      if (column.stage === card.stage) return taken(column, card)
      return column.stage === to ? put(column, moved) : column
    }),
  }
}

function taken(column: PipelineStage, card: Card): PipelineStage {
  return {
    ...column,
    count: column.count - 1,
    ...worth(column.value, card.value?.map(negative)),
    cards: column.cards.filter((it) => it.client_id !== card.client_id),
  }
}

function put(column: PipelineStage, card: Card): PipelineStage {
  return {
    ...column,
    count: column.count + 1,
    ...worth(column.value, card.value),
    cards: [card, ...column.cards],
  }
}

/** The sum, where both may be seen. */
function worth(column: readonly Money[] | undefined, card: readonly Money[] | undefined) {
  return column && card ? { value: added(column, card) } : {}
}

/** How many things wait for somebody, as far as one may see. */
export function openCount({ open_human_tasks = 0, failed_runs = 0 }: Card): number {
  return open_human_tasks + failed_runs
}

/**
 * Whether a client that has moved can go back as if nothing had been. Its leads stay lost where it
 * was given up.
 */
export function canGoBack(pipeline: Pipeline, clientId: string, from: Stage, to: Stage): boolean {
  const card = cardOf(pipeline, clientId)
  return to !== 'lost' && card?.stage === to && card.movable_to.includes(from)
}

function cardOf({ stages }: Pipeline, clientId: string): Card | undefined {
  return stages.flatMap(({ cards }) => cards).find(({ client_id }) => client_id === clientId)
}

/** Why a client cannot go to a stage, as a sentence; nothing where it can. */
export function moveRefusal(
  card: Pick<Card, 'stage' | 'movable_to' | 'company_name'>,
  to: Stage,
): string | undefined {
  if (card.movable_to.includes(to)) return undefined
  const from = STATUSES[card.stage].label
  if (card.stage === to) return `${card.company_name} is in ${from} already.`
  if (card.movable_to.length === 0) return `${card.company_name} is just moving.`
  const next = card.movable_to.map((stage) => STATUSES[stage].label)
  return `From ${from} a client goes to ${either(next)}, not to ${STATUSES[to].label}.`
}

/** Sums amounts by currency, exactly. Currencies that come to nothing are left out. */
export function added(values: readonly Money[], more: readonly Money[]): Money[] {
  const sums = new Map<string, { minor: bigint; digits: number }>()
  for (const { amount, currency } of [...values, ...more]) {
    const digits = amount.split('.')[1]?.length ?? 0
    const minor = BigInt(amount.replace('.', ''))
    const before = sums.get(currency)?.minor ?? 0n
    sums.set(currency, { minor: before + minor, digits })
  }
  return [...sums]
    .filter(([, { minor }]) => minor !== 0n)
    .map(([currency, { minor, digits }]) => ({ amount: decimal(minor, digits), currency }))
}

function decimal(minor: bigint, digits: number): string {
  const sign = minor < 0n ? '-' : ''
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0')
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

function negative({ amount, currency }: Money): Money {
  return { amount: amount.startsWith('-') ? amount.slice(1) : `-${amount}`, currency }
}

function either(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`
}

/** The column with the cards alone that have something open; it counts what it shows. */
export function needsSomebody(column: PipelineStage): PipelineStage {
  const cards = column.cards.filter((card) => openCount(card) > 0)
  const value = cards.reduce<Money[]>((sum, card) => added(sum, card.value ?? []), [])
  return { ...column, cards, count: cards.length, ...(column.value && { value }) }
}
