import type { Lane, Task } from './definition'
import { faceOf, isGroup } from './face'
import { type Jump, routeJumps, sideOf } from './jumps'

/** Sizes in pixels at a zoom of one. */
export const SIZE = {
  width: 216,
  height: 52,
  caseHeight: 24,
  casesPadding: 8,
  gap: 28,
  laneGap: 16,
  padding: 14,
  header: 36,
  laneLabel: 24,
  pillWidth: 216,
  pillHeight: 30,
} as const

export type Rectangle = { x: number; y: number; width: number; height: number }

export type Box = Rectangle & {
  task: Task
  /** `group` when tasks are drawn inside it. */
  shape: 'task' | 'group'
  depth: number
}

export type LaneBox = Rectangle & { lane: Lane; id: string; depth: number }

/** A line from one box to the next, or along the side to another one. */
export type Line = { id: string; points: readonly Point[]; isJump: boolean }

export type Point = { x: number; y: number }

export type Layout = {
  width: number
  height: number
  boxes: Box[]
  lanes: LaneBox[]
  lines: Line[]
  start: Rectangle
  end: Rectangle
}

/** Where everything of a diagram stands: from top to bottom, branches beside each other. */
export function layOut(tasks: readonly Task[]): Layout {
  const layout: Layout = {
    ...sizeOfList(tasks),
    boxes: [],
    lanes: [],
    lines: [],
    start: pill(0, 0),
    end: pill(0, 0),
  }
  const top = SIZE.pillHeight + SIZE.gap
  const { width, height } = sizeOfList(tasks)
  const middle = Math.max(width - sideOf(tasks), SIZE.pillWidth) / 2
  layout.width = Math.max(width, SIZE.pillWidth)
  layout.start = pill(middle - SIZE.pillWidth / 2, 0)
  placeList(layout, tasks, { x: middle - (width - sideOf(tasks)) / 2, y: top }, 0)
  const bottom = top + height + SIZE.gap
  layout.end = pill(middle - SIZE.pillWidth / 2, bottom)
  layout.height = bottom + SIZE.pillHeight

  const first = boxOf(layout, tasks[0])
  const last = boxOf(layout, tasks.at(-1))
  layout.lines.push(straight('start', layout.start, first ?? layout.end))
  if (last && !last.task.next) layout.lines.push(straight('end', last, layout.end))
  return layout
}

function sizeOfTask(task: Task): { width: number; height: number } {
  if (!isGroup(task)) {
    const { cases } = faceOf(task)
    const rows = cases.length > 0 ? cases.length * SIZE.caseHeight + SIZE.casesPadding : 0
    return { width: SIZE.width, height: SIZE.height + rows }
  }
  const lanes = task.lanes.map(sizeOfLane)
  const across = lanes.map((lane) => lane.width)
  const down = lanes.map((lane) => lane.height)
  const between = (lanes.length - 1) * SIZE.laneGap
  const width = isStacked(task) ? Math.max(...across) : sum(across) + between
  const height = isStacked(task) ? sum(down) + between : Math.max(...down)
  return { width: width + 2 * SIZE.padding, height: SIZE.header + height + SIZE.padding }
}

/** Branches stand beside each other; what is done on an error stands below. */
function isStacked(task: Task): boolean {
  return task.kind === 'try'
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function sizeOfLane(lane: Lane): { width: number; height: number } {
  const { width, height } = sizeOfList(lane.tasks)
  return { width: Math.max(width, SIZE.width), height: height + labelHeight(lane) }
}

function sizeOfList(tasks: readonly Task[]): { width: number; height: number } {
  const sizes = tasks.map(sizeOfTask)
  return {
    width: Math.max(0, ...sizes.map(({ width }) => width)) + sideOf(tasks),
    height: sum(sizes.map(({ height }) => height)) + gaps(tasks),
  }
}

function gaps(tasks: readonly Task[]): number {
  return Math.max(0, tasks.length - 1) * SIZE.gap
}

function labelHeight(lane: Lane): number {
  return lane.label ? SIZE.laneLabel : 0
}

function placeList(layout: Layout, tasks: readonly Task[], at: Point, depth: number) {
  const { width } = sizeOfList(tasks)
  const middle = at.x + (width - sideOf(tasks)) / 2
  let { y } = at
  let before: Box | undefined
  for (const task of tasks) {
    const size = sizeOfTask(task)
    const box = placeTask(layout, task, { x: middle - size.width / 2, y, ...size }, depth)
    if (before && goesOn(before.task)) {
      layout.lines.push(straight(`to ${task.pointer}`, before, box))
    }
    before = box
    y += size.height + SIZE.gap
  }
  const jumps: Jump[] = routeJumps(
    tasks,
    (task) => boxOf(layout, task),
    at.x + width - sideOf(tasks),
  )
  layout.lines.push(...jumps.map((jump) => ({ ...jump, isJump: true })))
}

function placeTask(layout: Layout, task: Task, place: Rectangle, depth: number): Box {
  const box: Box = {
    ...place,
    task: faceOf(task),
    shape: isGroup(task) ? 'group' : 'task',
    depth,
  }
  layout.boxes.push(box)
  if (box.shape === 'group') placeLanes(layout, task, place, depth)
  return box
}

function placeLanes(layout: Layout, task: Task, place: Rectangle, depth: number) {
  let { x, y } = { x: place.x + SIZE.padding, y: place.y + SIZE.header }
  for (const [index, lane] of task.lanes.entries()) {
    const size = sizeOfLane(lane)
    const width = isStacked(task) ? place.width - 2 * SIZE.padding : size.width
    const height = isStacked(task) ? size.height : place.height - SIZE.header - SIZE.padding
    layout.lanes.push({ lane, id: `${task.pointer} ${index}`, x, y, width, height, depth })
    const inset = (width - sizeOfList(lane.tasks).width) / 2
    placeList(layout, lane.tasks, { x: x + inset, y: y + labelHeight(lane) }, depth + 1)
    if (isStacked(task)) y += height + SIZE.laneGap
    else x += width + SIZE.laneGap
  }
}

/** Whether a run may come from this task to its neighbour. */
function goesOn(task: Task): boolean {
  if (task.next) return false
  const takesAll = task.cases.some((one) => !one.when)
  return !takesAll || task.cases.some((one) => one.next === 'continue')
}

function boxOf(layout: Layout, task: Task | undefined): Box | undefined {
  return task && layout.boxes.find((box) => box.task.pointer === task.pointer)
}

function straight(id: string, from: Rectangle, to: Rectangle): Line {
  const points = [
    { x: from.x + from.width / 2, y: from.y + from.height },
    { x: to.x + to.width / 2, y: to.y },
  ]
  return { id, points, isJump: false }
}

function pill(x: number, y: number): Rectangle {
  return { x, y, width: SIZE.pillWidth, height: SIZE.pillHeight }
}
