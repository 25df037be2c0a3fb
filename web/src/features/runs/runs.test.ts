import { describe, expect, test } from 'vitest'

import { parseDefinition } from '~/features/flows/model/parse'
import { journalOf, tellingOf } from './activations'
import { barsOf, ticksOf } from './bars'
import type { Call, Run, StepEntry } from './contract'
import { costOf, formatCost } from './cost'
import { type RunAction, runReason } from './reasons'
import { statesOf } from './states'
import { waitsOf } from './waits'

const AT = '2026-11-22T05:00:00.000Z'
const LATER = '2026-11-22T05:00:05.000Z'

function call(part: Partial<Call> & Pick<Call, 'task' | 'number'>): Call {
  return {
    attempt: 1,
    function: 'get_lead',
    effect: 'operation',
    status: 'succeeded',
    input: {},
    created_at: AT,
    started_at: AT,
    ended_at: AT,
    ...part,
  }
}

const started = (task: string): StepEntry => ({ started: task })
const ended = (task: string, outcome = 'completed'): StepEntry => ({ ended: task, outcome })

function run(entries: StepEntry[], calls: Call[] = [], part: Partial<Run> = {}): Run {
  return {
    run_id: 'run_01m80v95gde009enxn7yq4d4t0',
    flow: 'sync',
    version: '1.0.0',
    status: 'running',
    started_by: 'token:x',
    started_at: AT,
    updated_at: AT,
    calls,
    steps: [{ revision: 1, at: AT, entries }],
    ...part,
  }
}

describe('what can be done with a run', () => {
  const facts = (status: string, part: Partial<Run> = {}) => ({
    run: { status, ...part } as Run,
    otherVersions: 1,
    listens: ['payment.came'],
  })
  const possible = (given: ReturnType<typeof facts>) => {
    const all: RunAction[] = [
      'pause',
      'resume',
      'retry',
      'skip',
      'restart',
      'move',
      'send_event',
      'cancel',
    ]
    return all.filter((action) => runReason(action, given) === undefined)
  }

  test('one that goes on can be paused, moved, told of events and cancelled', () => {
    expect(possible(facts('waiting'))).toEqual(['pause', 'move', 'send_event', 'cancel'])
  })

  test('a paused one is resumed, not paused', () => {
    expect(possible(facts('suspended'))).toEqual(['resume', 'move', 'send_event', 'cancel'])
    expect(runReason('pause', facts('suspended'))).toBe('This run is paused already.')
  })

  test('a faulted one can be taken up again, and given up', () => {
    const faulted = facts('faulted', { ended_at: AT, error: { instance: '/do/0/a' } })
    expect(possible(faulted)).toEqual(['retry', 'skip', 'restart', 'move', 'send_event', 'cancel'])
  })

  test('no step is skipped when none failed', () => {
    const faulted = facts('faulted', { ended_at: AT, error: { instance: '/timeout' } })
    expect(runReason('skip', faulted)).toContain('No step of this run failed')
  })

  test('one that is over can only be started again', () => {
    expect(possible(facts('completed', { ended_at: AT }))).toEqual(['restart'])
    expect(runReason('cancel', facts('cancelled', { ended_at: AT }))).toBe(
      'This run is cancelled; there is nothing left to cancel.',
    )
  })

  test('what the flow does not have is said', () => {
    const bare = { ...facts('waiting'), otherVersions: 0, listens: [] }
    expect(runReason('move', bare)).toBe('The flow has no other version.')
    expect(runReason('send_event', bare)).toBe('This flow listens for no events.')
  })
})

describe('the journal', () => {
  const LOOP = [
    started('/do/0/each'),
    started('/do/0/each/do/0/post'),
    ended('/do/0/each/do/0/post'),
    started('/do/0/each/do/0/post'),
    ended('/do/0/each/do/0/post', 'faulted'),
    ended('/do/0/each'),
  ]

  test('each iteration has its own call, and attempts stay together', () => {
    const { activations } = journalOf(
      run(LOOP, [
        call({ task: '/do/0/each/do/0/post', number: 3 }),
        call({ task: '/do/0/each/do/0/post', number: 7, status: 'failed' }),
        call({ task: '/do/0/each/do/0/post', number: 7, attempt: 2 }),
      ]),
    )
    const numbers = tellingOf(activations).map(({ calls }) =>
      calls.map(({ number, attempt }) => `${number}.${attempt}`),
    )
    expect(numbers).toEqual([['3.1'], ['7.1', '7.2']])
  })

  test('the diagram counts loops and tells failures that were caught from others', () => {
    const { activations } = journalOf(run(LOOP))
    const states = statesOf(activations, 'completed')
    expect(states.get('/do/0/each/do/0/post')).toMatchObject({
      status: 'faulted',
      count: 2,
      tone: 'warning',
      note: 'caught',
    })
    expect(states.get('/do/0/each')).toMatchObject({ status: 'completed', count: 1 })
  })

  test('what was done to the run is remarked', () => {
    const { remarks } = journalOf(
      run([
        { suspended: 'holiday' },
        { resumed: true },
        { skipped_over: '/do/2/tell', reason: 'told by phone' },
      ]),
    )
    expect(remarks.map(({ text }) => text)).toEqual([
      'Paused: holiday',
      'Resumed',
      'tell was skipped: told by phone',
    ])
  })
})

describe('what a run waits for', () => {
  const { definition } = parseDefinition(
    'do:\n  - hear: { listen: { to: { one: { with: { type: payment.came } } } } }\n  - rest: { wait: { hours: 3 } }\n',
  )

  test('events and time', () => {
    const waiting = run([started('/do/0/hear'), started('/do/1/rest')], [], { status: 'waiting' })
    const [event, time] = waitsOf(waiting, journalOf(waiting), definition)
    expect(event).toMatch(/^hear: it listens for payment.came since /)
    expect(time).toMatch(/^rest: it rests for 3 h since /)
  })

  test('people', () => {
    const asked = call({
      task: '/do/0/ask',
      number: 1,
      status: 'started',
      waiting_for: 'maria is asked “Go on?” (htask_1)',
    })
    const waiting = run([started('/do/0/ask')], [asked], { status: 'waiting' })
    expect(waitsOf(waiting, journalOf(waiting), undefined)).toEqual([
      'ask: maria is asked “Go on?” (htask_1).',
    ])
  })

  test('a pause says its reason, and what is over waits for nothing', () => {
    const paused = run([{ suspended: 'holiday' }], [], { status: 'suspended' })
    expect(waitsOf(paused, journalOf(paused), undefined)).toEqual([
      'It is paused (holiday) and goes on when somebody resumes it.',
    ])
    const over = run([started('/do/0/hear')], [], { status: 'cancelled' })
    expect(waitsOf(over, journalOf(over), definition)).toEqual([])
  })
})

test('bars stand where their calls were made, and open ones reach the end', () => {
  const long = run(
    [started('/do/0/a'), started('/do/1/b')],
    [
      call({ task: '/do/0/a', number: 1, started_at: AT, ended_at: LATER }),
      call({ task: '/do/1/b', number: 2, created_at: LATER, started_at: LATER, status: 'started' }),
    ].map(({ ended_at, ...one }) => (one.number === 1 ? { ...one, ended_at: LATER } : one)),
  )
  const { rows, length } = barsOf(long, journalOf(long).activations, Date.parse(AT) + 10_000)
  expect(length).toBe(10_000)
  expect(rows.map(({ bars: [bar] }) => [bar?.from, bar?.to, bar?.isOpen])).toEqual([
    [0, 5_000, false],
    [5_000, 10_000, true],
  ])
})

test('ticks are round and few', () => {
  expect(ticksOf(383)).toEqual([0, 100, 200, 300])
  expect(ticksOf(5_000)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000])
  expect(ticksOf(86_400_000).length).toBeLessThanOrEqual(7)
})

test('the cost of models is added up', () => {
  const usage = [{ model: 'm', cost_micros: 1_500, input_tokens: 10, output_tokens: 5 }]
  expect(costOf([{ usage }, { usage }, {}])).toEqual({ calls: 2, tokens: 30, micros: 3_000 })
  expect(formatCost(3_000)).toBe('$0.0030')
  expect(formatCost(0)).toBe('$0.00')
})
