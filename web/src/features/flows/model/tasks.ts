import { isMap, isPair, isScalar, isSeq, type Pair } from 'yaml'

import type { Lane, Span, Task } from './definition'
import { factsOf } from './facts'
import { asRecord, expressionText } from './values'

/** The tasks of a list. `isNamed` is a list whose places have no numbers, as `use.functions`. */
export function readTasks(list: unknown, pointer: string, isNamed = false): Task[] {
  const items = itemsOf(list)
  return items.flatMap((item, index) => {
    const pair = isPair(item) ? item : isMap(item) && item.items[0]
    if (!pair || !isScalar(pair.key)) return []
    const name = String(pair.key.value)
    const place = isNamed ? pointer : `${pointer}/${index}`
    return [readTask(pair, name, `${place}/${escapeName(name)}`)]
  })
}

function readTask(pair: Pair, name: string, pointer: string): Task {
  const body = isMap(pair.value) ? pair.value : undefined
  const given = asRecord(body?.toJSON())
  const node = (key: string) => body?.get(key, true)
  return {
    pointer,
    name,
    span: spanOf(pair),
    ...factsOf(given),
    lanes: readLanes(given, node, pointer),
  }
}

function readLanes(
  given: Record<string, unknown>,
  node: (key: string) => unknown,
  pointer: string,
): Lane[] {
  const inner = (key: string, inside: string): unknown => {
    const map = node(key)
    return isMap(map) ? map.get(inside, true) : undefined
  }
  const body = (list: unknown, place: string): Lane => ({
    role: 'body',
    tasks: readTasks(list, place),
  })
  if (given.fork !== undefined) {
    return readTasks(inner('fork', 'branches'), `${pointer}/fork/branches`).map(branchLane)
  }
  if (given.try !== undefined) {
    const handler = readTasks(inner('catch', 'do'), `${pointer}/catch/do`)
    const attempt = body(node('try'), `${pointer}/try`)
    const label = errorsOf(given)
    return handler.length > 0 ? [attempt, { role: 'catch', label, tasks: handler }] : [attempt]
  }
  if (given.foreach !== undefined) return [body(inner('foreach', 'do'), `${pointer}/foreach/do`)]
  if (given.do !== undefined) return [body(node('do'), `${pointer}/do`)]
  return []
}

/** A branch that is a list is a lane of its own; any other is a lane with one task. */
function branchLane(branch: Task): Lane {
  if (branch.kind !== 'do' || branch.lanes.length === 0 || branch.condition) {
    return { role: 'branch', tasks: [branch] }
  }
  const tasks = branch.lanes.flatMap((lane) => lane.tasks)
  return { role: 'branch', label: branch.name, pointer: branch.pointer, tasks }
}

function errorsOf(given: Record<string, unknown>): string {
  const { when, errors } = asRecord(given.catch)
  if (when !== undefined) return `on error when ${expressionText(when)}`
  const { status, type } = asRecord(asRecord(errors).with)
  if (status !== undefined) return `on error ${String(status)}`
  return typeof type === 'string' ? `on error ${type.slice(type.lastIndexOf('/') + 1)}` : 'on error'
}

function spanOf(pair: Pair): Span {
  const key = isScalar(pair.key) ? pair.key.range : undefined
  const value = isMap(pair.value) || isSeq(pair.value) || isScalar(pair.value) ? pair.value : null
  const from = key?.[0] ?? 0
  return { from, to: value?.range?.[1] ?? key?.[1] ?? from }
}

function itemsOf(list: unknown): readonly unknown[] {
  if (isSeq(list)) return list.items
  const items = asRecord(list).items
  return Array.isArray(items) ? items : []
}

function escapeName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
