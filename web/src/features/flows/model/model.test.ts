import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { allTasks, nearestKnown, taskAt } from './definition'
import { layOut } from './layout'
import { parseDefinition, versionSpan } from './parse'

const onboarding = readFileSync('../flows/client-onboarding.yaml', 'utf8')

const NESTED = `document: { dsl: 1.0.3, namespace: test, name: nested, version: 2.0.0 }
schedule: { every: { hours: 2 } }
do:
  - size:
      switch:
        - large: { when: .n > 10, then: ask }
        - small: { when: .n > 0, then: each }
        - other: { then: end }
  - ask:
      listen: { to: { any: [{ with: { type: answer.given } }, { with: { type: answer.refused } }] } }
      foreach:
        do:
          - note: { set: { heard: true } }
  - each:
      for: { each: item, in: .items }
      do:
        - guard:
            try:
              - race:
                  fork:
                    compete: true
                    branches:
                      - fast: { call: get_lead, with: { lead_id: x } }
                      - slow:
                          do:
                            - rest: { wait: PT1H }
                            - again: { call: http, with: { method: get, endpoint: https://example.com } }
            catch:
              errors: { with: { status: 503 } }
              retry: { limit: { attempt: { count: 3 } } }
              do:
                - giveUp: { raise: { error: { title: Away } } }
  - back: { emit: { event: { with: { type: size.asked } } }, then: size }
`

function tasksOf(source: string) {
  const { definition, fault } = parseDefinition(source)
  expect(fault).toBeUndefined()
  return definition?.tasks ?? []
}

function positions(source: string) {
  const { boxes, lanes, lines, width, height } = layOut(tasksOf(source))
  return {
    size: `${width} × ${height}`,
    boxes: boxes.map((box) => `${box.task.pointer} ${box.shape} ${at(box)}`),
    lanes: lanes.map(({ lane, ...box }) => `${lane.role} ${lane.label ?? '-'} ${at(box)}`),
    jumps: lines.filter(({ isJump }) => isJump).map(({ id }) => id),
  }
}

function at({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  return `${x},${y} ${width}×${height}`
}

test('a list of tasks stands from top to bottom', () => {
  const source = 'do:\n  - a: { set: { x: 1 } }\n  - b: { wait: PT5S }\n'
  expect(positions(source)).toMatchSnapshot()
})

test('what is nested stands inside, with switches, jumps, forks, loops and catches', () => {
  expect(positions(NESTED)).toMatchSnapshot()
})

test('the shipped onboarding is laid out', () => {
  expect(positions(onboarding)).toMatchSnapshot()
})

test('nothing overlaps but what is inside', () => {
  for (const source of [NESTED, onboarding]) {
    const { boxes, width, height } = layOut(tasksOf(source))
    for (const [index, a] of boxes.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true)
      for (const b of boxes.slice(index + 1)) {
        const isInside = b.task.pointer.startsWith(`${a.task.pointer}/`)
        const isApart =
          a.x + a.width <= b.x ||
          b.x + b.width <= a.x ||
          a.y + a.height <= b.y ||
          b.y + b.height <= a.y
        expect(isInside || isApart, `${a.task.pointer} and ${b.task.pointer}`).toBe(true)
      }
    }
  }
})

test('places are those of the run journal', () => {
  const pointers = allTasks(tasksOf(onboarding)).map(({ pointer }) => pointer)
  expect(pointers).toContain('/do/3/assess/try/0/askForAssessment')
  expect(pointers).toContain('/do/11/tellTeam/catch/do/0/noteSilence')
  const nested = allTasks(tasksOf(NESTED)).map(({ pointer }) => pointer)
  expect(nested).toContain('/do/1/ask/foreach/do/0/note')
  expect(nested).toContain('/do/2/each/do/0/guard/try/0/race/fork/branches/0/fast')
})

test('every task is found by the text between its beginning and its end', () => {
  for (const source of [NESTED, onboarding]) {
    const tasks = tasksOf(source)
    for (const task of allTasks(tasks)) {
      expect(source.slice(task.span.from, task.span.from + task.name.length)).toBe(task.name)
      expect(taskAt(tasks, task.span.from + 1)?.pointer).toBe(task.pointer)
    }
  }
})

test('what is not drawn belongs to the box around it', () => {
  const boxes = new Map(layOut(tasksOf(onboarding)).boxes.map((box) => [box.task.pointer, box]))
  expect(nearestKnown('/do/3/assess/try/0/askForAssessment', boxes)).toBe('/do/3/assess')
  expect(nearestKnown('/use/functions/x', boxes)).toBeUndefined()
})

test('what starts a flow is said in words', () => {
  expect(parseDefinition(onboarding).definition?.starts).toBe('client.intake.submitted')
  expect(parseDefinition(NESTED).definition?.starts).toBe('Every 2 h')
})

test('text that is no YAML says where it breaks', () => {
  expect(parseDefinition('do:\n  - a: { set: \n').fault?.line).toBeGreaterThan(1)
  expect(parseDefinition('').fault).toBeDefined()
})

test('the version is found in the text', () => {
  const span = versionSpan(NESTED)
  expect(span && NESTED.slice(span.from, span.to)).toBe('2.0.0')
})
