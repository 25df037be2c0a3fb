import { expect, test } from 'vitest'
import { daysOf, functionsOf, type Row } from './grouping'
import { parseSubject, type Subject, subjectOf, subjectText } from './subject'
import type { EntryKind, TimelineEntry } from './types'

// Without a zone, so that the days are those of whoever runs the test.
const at = (local: string) => new Date(local).toISOString()

const entry = (
  local: string,
  kind: EntryKind,
  ids: TimelineEntry['ids'] = {},
  more: Partial<TimelineEntry> = {},
): TimelineEntry => ({ at: at(local), kind, title: kind, ids, ...more })

const call = (local: string, run_id: string, number: number, name = 'ai.generate') =>
  entry(local, 'call', { run_id, number }, { function: name })

const shape = (row: Row) => (row.kind === 'calls' ? row.entries.length : row.entry.kind)

test('entries are grouped by the day on which they happened here', () => {
  const days = daysOf([
    entry('2026-11-22T00:30:00', 'event', { position: 3 }),
    entry('2026-11-21T23:30:00', 'event', { position: 2 }),
    entry('2026-11-21T08:00:00', 'run_started', { run_id: 'run_1' }),
  ])
  expect(days.map(({ date, rows }) => [date, rows.length])).toEqual([
    ['2026-11-22', 1],
    ['2026-11-21', 2],
  ])
})

test('steps of one run that stand together are one line', () => {
  const [day] = daysOf([
    call('2026-11-22T10:05:00', 'run_1', 5),
    call('2026-11-22T10:04:00', 'run_1', 4),
    call('2026-11-22T10:03:00', 'run_1', 3),
    call('2026-11-22T10:02:00', 'run_2', 2),
    call('2026-11-22T10:01:00', 'run_2', 1),
    entry('2026-11-22T10:00:00', 'event', { position: 1 }),
    call('2026-11-22T09:59:00', 'run_1', 1),
  ])
  expect(day?.rows.map(shape)).toEqual([3, 'call', 'call', 'event', 'call'])
})

test('a day ends a line of steps', () => {
  const days = daysOf([
    call('2026-11-22T00:02:00', 'run_1', 4),
    call('2026-11-22T00:01:00', 'run_1', 3),
    call('2026-11-21T23:59:00', 'run_1', 2),
    call('2026-11-21T23:58:00', 'run_1', 1),
  ])
  expect(days.map(({ rows }) => rows.map(shape))).toEqual([
    ['call', 'call'],
    ['call', 'call'],
  ])
})

test('every line has a key of its own', () => {
  const [day] = daysOf([
    call('2026-11-22T10:05:00', 'run_1', 5),
    entry('2026-11-22T10:05:00', 'run_ended', { run_id: 'run_1' }),
    entry('2026-11-22T10:05:00', 'run_started', { run_id: 'run_1' }),
  ])
  expect(new Set(day?.rows.map(({ key }) => key)).size).toBe(3)
})

test('the functions of some steps, in the order in which they were called', () => {
  const calls = [
    call('2026-11-22T10:05:00', 'run_1', 3, 'slack.post_message'),
    call('2026-11-22T10:04:00', 'run_1', 2),
    call('2026-11-22T10:03:00', 'run_1', 1),
  ]
  expect(functionsOf(calls)).toEqual(['ai.generate', 'slack.post_message'])
  expect(calls[0]?.function).toBe('slack.post_message')
})

test.each<[Subject, string]>([
  [{ kind: 'event', position: 12 }, 'event:12'],
  [{ kind: 'call', id: 'run_1', number: 4, attempt: 2 }, 'call:run_1:4:2'],
  [{ kind: 'webhook', id: 'whd_1' }, 'webhook:whd_1'],
  [{ kind: 'memory', id: 'mem_1' }, 'memory:mem_1'],
])('what is open is kept in the address', (subject, text) => {
  expect(subjectText(subject)).toBe(text)
  expect(parseSubject(text)).toEqual(subject)
})

test.each([undefined, '', 'event:', 'event:x', 'call:run_1', 'nothing:1'])(
  'an address that names nothing opens nothing: %s',
  (text) => {
    expect(parseSubject(text)).toBeUndefined()
  },
)

test('an event that has no place in the log yet cannot be opened', () => {
  expect(subjectOf(entry('2026-11-22T10:00:00', 'event', { event_id: 'evt_1' }))).toBeUndefined()
  expect(subjectOf(call('2026-11-22T10:00:00', 'run_1', 4))).toEqual({
    kind: 'call',
    id: 'run_1',
    number: 4,
    attempt: 1,
  })
})
