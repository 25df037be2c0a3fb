import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import type { Schemas } from '~/api/api'
import { problem } from '~mock/http'
import { owner } from '~mock/session'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import { actionsOf } from './actions'
import { groupsOf, type TodayItem, withoutItems } from './items'
import * as TodayPage from './TodayPage'

const task: Schemas['AskedTask'] = {
  human_task_id: 'htask_1',
  kind: 'approval',
  title: '10 % off for TechFlow?',
  run_id: 'run_1',
  flow: 'discount',
  is_answerable: true,
  asked_at: '2026-11-22T09:00:00Z',
  is_overdue: false,
  client_id: 'client_1',
  company_name: 'TechFlow',
}
const review: Schemas['AwaitedReview'] = {
  deliverable_id: 'deliv_1',
  lead_id: 'lead_1',
  type: 'website_plan',
  ai_model: 'offline-template',
  is_edited: false,
  is_attached: false,
  waits_since: '2026-11-22T09:00:00Z',
  updated_at: '2026-11-22T09:00:00Z',
  client_id: 'client_1',
  company_name: 'TechFlow',
}
const failedRun: Schemas['FailedRun'] = {
  run_id: 'run_2',
  flow: 'onboarding',
  version: '1.0.0',
  error: 'refused',
  started_at: '2026-11-22T09:00:00Z',
  failed_at: '2026-11-22T09:01:00Z',
}
const send: Schemas['UnclearSend'] = {
  alert_id: 'alert_1',
  run_id: 'run_3',
  number: 4,
  function: 'slack.post_message',
  gist: [{ name: 'channel', value: '#team' }],
  run_status: 'faulted',
  at: '2026-11-22T09:00:00Z',
}
const alert = (alert_id: string, cause: string) => ({
  alert_id,
  cause,
  kind: 'run.faulted',
  severity: 'warning' as const,
  title: `Alert ${alert_id}`,
  detail: {},
  occurrences: 1,
  first_at: '2026-11-22T09:00:00Z',
  last_at: '2026-11-22T09:00:00Z',
})
const section = <Item,>(...items: Item[]) => ({ count: items.length, items })
const today: Schemas['Today'] = { at: '2026-11-22T10:00:00Z', approvals: section(task) }

const everything = [...owner.permissions, 'write:human_tasks', 'write:runs'] as const
const open = (answer: Schemas['Today'] = today, permissions: readonly string[] = everything) => {
  server.use(http.get('*/v1/today', () => HttpResponse.json(answer)))
  return renderPage(TodayPage, {
    path: '/',
    at: '/',
    session: { permissions: [...permissions] as typeof owner.permissions },
  })
}

test('an approval is sent with its comment, and is gone at once', async () => {
  const decided: unknown[] = []
  server.use(
    http.post('*/v1/human-tasks/htask_1/decide', async ({ request }) => {
      decided.push(await request.json())
      return HttpResponse.json({})
    }),
  )
  const { user } = open()

  await user.click(await screen.findByRole('button', { name: 'Approve' }))
  await user.type(await screen.findByRole('textbox', { name: 'Comment (optional)' }), 'Fine')
  await user.keyboard('{Control>}{Enter}{/Control}')

  expect(await screen.findByText('Nothing needs you')).toBeVisible()
  expect(await screen.findByText('Approved: 10 % off for TechFlow?')).toBeVisible()
  expect(decided).toEqual([{ decision: 'approved', comment: 'Fine' }])
})

test('a text is approved or rejected where it waits', async () => {
  const reviewed: unknown[] = []
  server.use(
    http.put('*/v1/deliverables/deliv_1/review', async ({ request }) => {
      reviewed.push(await request.json())
      return HttpResponse.json({})
    }),
  )
  const { user } = open({ at: today.at, reviews: section(review) }, ['review:deliverables'])
  expect(await screen.findByRole('link', { name: 'Website plan' })).toHaveAttribute(
    'href',
    '/deliverables/deliv_1',
  )
  await user.click(screen.getByRole('button', { name: 'Reject' }))
  const dialog = await screen.findByRole('dialog')
  await user.type(within(dialog).getByRole('textbox', { name: 'What is wrong' }), 'Too long')
  await user.click(within(dialog).getByRole('button', { name: 'Reject' }))

  expect(await screen.findByText('Rejected: Website plan')).toBeVisible()
  expect(reviewed).toEqual([
    { decision: 'reject', note: 'Too long', seen_updated_at: review.updated_at },
  ])
})

test('an unclear send says which message it is, and asks before it is resolved', async () => {
  const waiting = { ...send, run_status: 'waiting' }
  const { user } = open({ at: today.at, unclear_sends: section(waiting) }, ['write:alerts'])
  expect(await screen.findByText('Channel: #team')).toBeVisible()
  expect(screen.getByText('Its run goes on without it')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Resolve' }))
  expect(await screen.findByText(/nothing is sent again/)).toBeVisible()
})

test('what the server refuses comes back, with the reason', async () => {
  server.use(
    http.post('*/v1/runs/run_2/retry', () =>
      problem(409, 'run-not-ended', { detail: 'this run is completed' }),
    ),
  )
  const { user } = open({ ...today, approvals: section(), failed_runs: section(failedRun) })

  await user.click(await screen.findByRole('button', { name: 'Retry' }))

  expect(await screen.findByText('This run is completed.')).toBeVisible()
  expect(screen.getByRole('link', { name: 'onboarding failed' })).toBeVisible()
})

test('keys move along the rows and press their buttons, but not after g', async () => {
  const { user } = open({ ...today, failed_runs: section(failedRun) })
  await screen.findByRole('link', { name: task.title })

  await user.keyboard('jj')
  expect(screen.getByRole('link', { name: 'onboarding failed' })).toHaveFocus()
  await user.keyboard('k')
  expect(screen.getByRole('link', { name: task.title })).toHaveFocus()
  await user.keyboard('ga')
  expect(screen.queryByRole('textbox')).not.toBeInTheDocument()
  await user.keyboard('a')
  expect(await screen.findByRole('textbox', { name: 'Comment (optional)' })).toBeVisible()
})

test('a step is skipped only with a reason', async () => {
  const { user } = open({ ...today, approvals: section(), failed_runs: section(failedRun) })
  await user.click(await screen.findByRole('button', { name: 'Skip step' }))

  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByRole('button', { name: 'Skip step' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  await user.type(within(dialog).getByRole('textbox', { name: 'Why' }), 'Told by phone')
  expect(within(dialog).getByRole('button', { name: 'Skip step' })).not.toHaveAttribute(
    'aria-disabled',
  )
})

test('without the permission the buttons are there and say why they cannot be pressed', async () => {
  const { user } = open(today, ['read:human_tasks'])
  const button = await screen.findByRole('button', { name: 'Approve' })
  expect(button).toHaveAttribute('aria-disabled', 'true')
  await user.hover(button)
  expect(await screen.findByText(/permission write:human_tasks/)).toBeInTheDocument()
})

test('a count shows its kind alone', async () => {
  const { user, address } = open({ ...today, failed_runs: section(failedRun) })
  await user.click(await screen.findByRole('link', { name: '1 Failed runs' }))
  await waitFor(() => expect(screen.queryByText(task.title)).not.toBeInTheDocument())
  expect(address()).toBe('/?only=failed_runs')
})

test('nothing is listed twice', () => {
  const groups = groupsOf({
    at: today.at,
    unclear_sends: section(send),
    failed_runs: section(failedRun, { ...failedRun, run_id: send.run_id }),
    alerts: section(
      alert('alert_1', 'call.outcome_unknown:run_3-4'),
      alert('alert_2', 'run.faulted:run_2'),
      alert('alert_3', 'webhook.signature/slack'),
    ),
  })
  expect(groups.map(({ name, count, items }) => [name, count, items.length])).toEqual([
    ['unclear_sends', 1, 1],
    ['failed_runs', 1, 1],
    ['alerts', 1, 1],
  ])
})

test('a run that fails once more after a retry is listed again', () => {
  const before = groupsOf({ at: today.at, failed_runs: section(failedRun) })
  const done = new Set(before.flatMap(({ items }) => items.map(({ key }) => key)))
  const again = groupsOf({
    at: today.at,
    failed_runs: section({ ...failedRun, failed_at: '2026-11-22T09:30:00Z' }),
  })
  expect(withoutItems(before, done)[0]?.count).toBe(0)
  expect(withoutItems(again, done)[0]?.count).toBe(1)
})

test('a few texts to review stand for all, which are a press away', async () => {
  const reviews = Array.from({ length: 8 }, (_, n) => ({ ...review, deliverable_id: `deliv_${n}` }))
  const { user, address } = open({ at: today.at, reviews: { count: 120, items: reviews } })
  expect(await screen.findAllByRole('link', { name: 'Website plan' })).toHaveLength(5)
  expect(screen.getByText(/115 more\./)).toBeVisible()
  await user.click(screen.getByRole('link', { name: 'Show all' }))
  await waitFor(() => expect(screen.getAllByRole('link', { name: 'Website plan' })).toHaveLength(8))
  expect(screen.getByText('112 more follow as these are reviewed.')).toBeVisible()
  expect(address()).toBe('/?only=reviews')
})

const allowed = () => undefined
const labels = (item: TodayItem) =>
  actionsOf(item, allowed).map(({ label, reason }) => (reason ? `(${label})` : label))

test.each<[string, TodayItem, string[]]>([
  ['an approval', { kind: 'task', key: '', value: task }, ['Approve', 'Reject']],
  [
    'a task for others',
    { kind: 'task', key: '', value: { ...task, is_answerable: false } },
    ['(Approve)', '(Reject)'],
  ],
  [
    'an assignment',
    { kind: 'task', key: '', value: { ...task, kind: 'assignment' } },
    ['Complete'],
  ],
  ['an unclear send', { kind: 'send', key: '', value: send }, ['Resolve', 'Retry', 'Skip step']],
  [
    'an unclear send of a run that goes on',
    { kind: 'send', key: '', value: { ...send, run_status: 'waiting' } },
    ['Resolve', '(Retry)', '(Skip step)'],
  ],
])('the actions of %s', (_, item, expected) => {
  expect(labels(item)).toEqual(expected)
})
