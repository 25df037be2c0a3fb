import type { Case, Task, TaskKind } from './definition'
import { eventsOf } from './starts'
import { asRecord, expressionText, shortDuration } from './values'

type Given = Record<string, unknown>

// In this order: `for` and `try` have a list beside them that is no task of its own.
const KINDS: readonly TaskKind[] = [
  'call',
  'fork',
  'for',
  'try',
  'switch',
  'listen',
  'emit',
  'raise',
  'run',
  'wait',
  'set',
  'do',
]

/** What a task is and does, apart from the tasks inside it. */
export function factsOf(given: Given): Omit<Task, 'pointer' | 'name' | 'span' | 'lanes'> {
  const kind = KINDS.find((word) => given[word] !== undefined) ?? 'unknown'
  const detail = detailOf(kind, given)
  const retry = retryOf(asRecord(given.catch).retry)
  return {
    kind,
    cases: casesOf(given.switch),
    ...(detail && { detail }),
    ...(given.if !== undefined && { condition: expressionText(given.if) }),
    ...(typeof given.then === 'string' && given.then !== 'continue' && { next: given.then }),
    ...(retry && { retry }),
    ...(asRecord(given.fork).compete === true && { isRace: true }),
  }
}

function detailOf(kind: TaskKind, given: Given): string | undefined {
  const details: Partial<Record<TaskKind, () => string | undefined>> = {
    call: () => callOf(given),
    for: () => loopOf(given),
    listen: () => eventsOf(asRecord(given.listen).to, ' or '),
    emit: () => textOf(asRecord(asRecord(asRecord(given.emit).event).with).type),
    raise: () => errorOf(asRecord(given.raise).error),
    run: () => processOf(asRecord(given.run)),
    wait: () => shortDuration(given.wait),
    set: () => setOf(given.set),
  }
  return details[kind]?.()
}

function callOf({ call, with: input }: Given): string | undefined {
  const name = textOf(call)
  const { method, endpoint, prompt, tool } = asRecord(input)
  if (name === 'http' && method) {
    const uri = textOf(endpoint) ?? textOf(asRecord(endpoint).uri)
    return `${String(method).toUpperCase()} ${uri ? expressionText(uri) : ''}`.trim()
  }
  const what = textOf(prompt) ?? textOf(tool)
  return name && what ? `${name} · ${what}` : name
}

function loopOf(given: Given): string {
  const { each, in: list } = asRecord(given.for)
  const condition = given.while === undefined ? '' : ` while ${expressionText(given.while)}`
  return `each ${textOf(each) ?? 'item'} of ${expressionText(list)}${condition}`
}

function errorOf(error: unknown): string | undefined {
  const { title, type } = asRecord(error)
  return textOf(error) ?? textOf(title) ?? textOf(type)
}

function processOf({ workflow, script, shell, container }: Given): string | undefined {
  if (workflow !== undefined) return `flow ${textOf(asRecord(workflow).name) ?? ''}`.trim()
  if (script !== undefined) return `script ${textOf(asRecord(script).language) ?? ''}`.trim()
  if (shell !== undefined) return textOf(asRecord(shell).command) ?? 'shell'
  return container === undefined ? undefined : 'container'
}

function setOf(set: unknown): string {
  return typeof set === 'string' ? expressionText(set) : Object.keys(asRecord(set)).join(', ')
}

function casesOf(cases: unknown): Case[] {
  if (!Array.isArray(cases)) return []
  return cases.flatMap((item) =>
    Object.entries(asRecord(item)).map(([name, given]) => {
      const { when, then } = asRecord(given)
      return {
        name,
        next: textOf(then) ?? 'continue',
        ...(when !== undefined && { when: expressionText(when) }),
      }
    }),
  )
}

function retryOf(retry: unknown): string | undefined {
  if (retry === undefined) return undefined
  if (typeof retry === 'string') return retry
  const { count } = asRecord(asRecord(asRecord(retry).limit).attempt)
  return count === undefined ? 'retried' : `${String(count)} retries`
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? expressionText(value) : undefined
}
