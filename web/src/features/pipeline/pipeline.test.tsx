import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'

import { problem } from '~mock/http'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import { added, canGoBack, keepCards, moveCard, moveRefusal, needsSomebody } from './board'
import * as PipelinePage from './PipelinePage'
import type { Card, Pipeline, PipelineStage, Stage } from './types'

const usd = (amount: string) => ({ amount, currency: 'USD' })

const card = (client_id: string, stage: Stage, movable_to: Stage[], more: Partial<Card> = {}) => ({
  client_id,
  company_name: `Company ${client_id}`,
  email: `${client_id}@example.com`,
  stage,
  stage_since: '2026-11-20T09:00:00Z',
  created_at: '2026-11-01T09:00:00Z',
  updated_at: '2026-11-20T09:00:00Z',
  value: [usd('0.10')],
  open_human_tasks: 0,
  failed_runs: 0,
  movable_to,
  ...more,
})

const a = card('a', 'intake', ['assessed', 'lost'])
const b = card('b', 'assessed', ['proposal', 'lost'], { failed_runs: 2 })
const pipeline: Pipeline = {
  stages: [
    { stage: 'intake', count: 1, value: [usd('0.10')], cards: [a] },
    { stage: 'assessed', count: 1, value: [usd('0.20')], cards: [b] },
    { stage: 'paid', count: 0, value: [], cards: [] },
  ],
}

const open = (at = '/pipeline', session = {}) => {
  server.use(http.get('*/v1/pipeline', () => HttpResponse.json(pipeline)))
  return renderPage(PipelinePage, {
    path: '/pipeline',
    at,
    session: { permissions: ['read:clients', 'write:clients'], ...session },
  })
}
const column = (name: string) => screen.getByRole('region', { name })

/** Answers moves, and holds them back until they are let go. */
const holdMoves = (answer: () => Response) => {
  const moves: unknown[] = []
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  server.use(
    http.put('*/v1/clients/:id/stage', async ({ request, params }) => {
      moves.push([params.id, await request.json()])
      await held
      return answer()
    }),
  )
  return { moves, letGo }
}

test('a card that is dropped on a stage is there at once', async () => {
  const { moves, letGo } = holdMoves(() => HttpResponse.json(a))
  open()
  const link = await screen.findByRole('link', { name: 'Company a' })
  const dataTransfer = { setData: () => {}, effectAllowed: '' }
  fireEvent.dragStart(link.closest('li') as Element, { dataTransfer })
  fireEvent.dragOver(column('Assessed'), { dataTransfer })
  fireEvent.drop(column('Assessed'), { dataTransfer })

  await within(column('Assessed')).findByRole('link', { name: 'Company a' })
  expect(column('Assessed')).toHaveTextContent('$0.30')
  expect(column('Intake')).toHaveTextContent('No clients')
  await waitFor(() => expect(moves).toEqual([['a', { stage: 'assessed' }]]))
  letGo()
  expect(await screen.findByText('Company a moved to Assessed')).toBeVisible()
})

test('a drop that the stage does not allow says why and asks the server nothing', async () => {
  open()
  const link = await screen.findByRole('link', { name: 'Company a' })
  const dataTransfer = { setData: () => {}, effectAllowed: '' }
  fireEvent.dragStart(link.closest('li') as Element, { dataTransfer })
  fireEvent.dragOver(column('Paid'), { dataTransfer })
  expect(column('Paid')).toHaveTextContent('goes to Assessed or Lost, not to Paid')
  fireEvent.drop(column('Paid'), { dataTransfer })

  expect(await screen.findByText('The client cannot go there')).toBeVisible()
  expect(within(column('Intake')).getByRole('link', { name: 'Company a' })).toBeVisible()
})

test('a move that the server refuses is taken back, with its words', async () => {
  const { letGo } = holdMoves(() =>
    problem(409, 'client-stage-unreachable', { detail: 'a client goes from `lost` to `intake`' }),
  )
  const { user } = open()
  await user.click(await screen.findByRole('button', { name: 'Move Company a to…' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Assessed' }))
  await within(column('Assessed')).findByRole('link', { name: 'Company a' })
  letGo()

  expect(await screen.findByText('A client goes from `lost` to `intake`.')).toBeVisible()
  expect(within(column('Intake')).getByRole('link', { name: 'Company a' })).toBeVisible()
})

test('a move that can be undone is, from what says that it was done', async () => {
  const { moves, letGo } = holdMoves(() => HttpResponse.json(a))
  letGo()
  const { user } = open()
  await user.click(await screen.findByRole('button', { name: 'Move Company a to…' }))
  // What the board reads next: the client has moved, and may go back.
  const moved = { ...a, stage: 'assessed' as const, movable_to: ['intake' as const] }
  server.use(
    http.get('*/v1/pipeline', () =>
      HttpResponse.json({
        stages: pipeline.stages.map((it) => ({
          ...it,
          cards: it.stage === 'assessed' ? [moved] : [],
        })),
      }),
    ),
  )
  await user.click(await screen.findByRole('menuitem', { name: 'Assessed' }))
  await user.click(await screen.findByRole('button', { name: 'Undo: Company a moved to Assessed' }))
  expect(await screen.findByText('Undone')).toBeVisible()
  expect(moves).toEqual([
    ['a', { stage: 'assessed' }],
    ['a', { stage: 'intake' }],
  ])
})

test('the arrows move between cards, and m opens the menu', async () => {
  const { user } = open()
  const first = await screen.findByRole('link', { name: 'Company a' })
  first.focus()
  await user.keyboard('{ArrowRight}')
  expect(screen.getByRole('link', { name: 'Company b' })).toHaveFocus()
  await user.keyboard('m')
  const refused = await screen.findByRole('menuitem', { name: 'Paid' })
  expect(refused).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByRole('menuitem', { name: 'Proposal' })).not.toHaveAttribute('aria-disabled')
})

test('the filter lives in the address', async () => {
  const { user, address } = open('/pipeline?waiting=true')
  expect(await screen.findByRole('link', { name: 'Company b' })).toBeVisible()
  expect(screen.queryByRole('link', { name: 'Company a' })).not.toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Clear' }))
  expect(await screen.findByRole('link', { name: 'Company a' })).toBeVisible()
  expect(address()).toBe('/pipeline')
})

test('a move changes both columns and nothing else', () => {
  const moved = moveCard(pipeline, 'a', 'assessed', '2026-11-22T09:00:00Z')
  expect(moved.stages.map(({ count, value }) => [count, value])).toEqual([
    [0, []],
    [2, [usd('0.30')]],
    [0, []],
  ])
  expect(moved.stages[1]?.cards.map(({ client_id }) => client_id)).toEqual(['a', 'b'])
  expect(moved.stages[1]?.cards[0]?.stage).toBe('assessed')
  expect(moveCard(pipeline, 'unknown', 'paid', '')).toBe(pipeline)
})

test('only a move that leaves nothing behind can be taken back', () => {
  const at = (stage: Stage) => ({
    stages: [{ stage, count: 1, value: [], cards: [card('a', stage, ['assessed'])] }],
  })
  expect(canGoBack(at('proposal'), 'a', 'assessed', 'proposal')).toBe(true)
  expect(canGoBack(at('proposal'), 'a', 'contract', 'proposal')).toBe(false)
  expect(canGoBack(at('lost'), 'a', 'assessed', 'lost')).toBe(false)
  expect(canGoBack(at('intake'), 'a', 'assessed', 'proposal')).toBe(false)
})

test('sums are exact and by currency', () => {
  const jpy = { amount: '2500', currency: 'JPY' }
  expect(added([usd('90071992547409930.17')], [usd('0.05'), jpy])).toEqual([
    usd('90071992547409930.22'),
    jpy,
  ])
  expect(added([usd('0.05')], [usd('-0.10')])).toEqual([usd('-0.05')])
})

test('why a client cannot go somewhere', () => {
  expect(moveRefusal(a, 'assessed')).toBeUndefined()
  expect(moveRefusal(a, 'paid')).toBe('From Intake a client goes to Assessed or Lost, not to Paid.')
  expect(moveRefusal(a, 'intake')).toBe('Company a is in Intake already.')
})

test('a column of those who need somebody counts what it shows', () => {
  expect(
    needsSomebody({ stage: 'assessed', count: 9, value: [usd('9.00')], cards: [a, b] }),
  ).toEqual({ stage: 'assessed', count: 1, value: [usd('0.10')], cards: [b] })
})

test('a card stays the very same when others come above it', () => {
  const [intake, assessed] = pipeline.stages as [PipelineStage, PipelineStage]
  const read: Pipeline = structuredClone({
    stages: [
      { ...intake, cards: [] },
      { ...assessed, cards: [{ ...a, stage: 'assessed' }, b] },
    ],
  })
  const kept = keepCards(pipeline, read)
  expect(kept).toEqual(read)
  expect(kept.stages[1]?.cards[1]).toBe(b)
  expect(kept.stages[1]?.cards[0]).not.toBe(a)
})
