import type { Task } from './definition'

/**
 * The task whose work a box shows. A `try` around one task that only retries it is drawn as that
 * task, under its own name.
 */
export function faceOf(task: Task): Task {
  const inner = onlyTried(task)
  return inner ? { ...inner, ...namedAs(task), cases: inner.cases } : task
}

export function isGroup(task: Task): boolean {
  return task.lanes.length > 0 && !onlyTried(task)
}

function onlyTried(task: Task): Task | undefined {
  const [lane, handler] = task.lanes
  const [inner, second] = lane?.tasks ?? []
  const isAlone = task.kind === 'try' && !handler && inner && !second
  return isAlone && inner.lanes.length === 0 && inner.cases.length === 0 ? inner : undefined
}

function namedAs({ pointer, name, span, condition, next, retry }: Task) {
  return {
    pointer,
    name,
    span,
    ...(condition && { condition }),
    ...(next && { next }),
    ...(retry && { retry }),
  }
}
