import type { Node } from '@xyflow/react'

import type { Lane, Task } from '../model/definition'
import type { Layout, Line, Rectangle } from '../model/layout'
import type { TaskState, TaskStates } from './states'

type TaskData = { task: Task; state: TaskState | undefined; isFaded: boolean }

export type DiagramNode =
  | Node<TaskData, 'task'>
  | Node<TaskData, 'holder'>
  | Node<{ lane: Lane }, 'lane'>
  | Node<{ label: string }, 'pill'>
  | Node<{ lines: readonly Line[]; width: number; height: number }, 'lines'>

// Groups lie below the lines, and tasks above.
const LINES_Z = 100
const TASKS_Z = 200

/** What React Flow draws of a layout. */
export function graphOf(
  layout: Layout,
  starts: string,
  states: TaskStates | undefined,
  selected: string | undefined,
): DiagramNode[] {
  const still = { draggable: false, selectable: false, focusable: false, connectable: false }
  const pill = (id: string, label: string, place: Rectangle): DiagramNode => ({
    id,
    type: 'pill',
    data: { label },
    ...placed(place),
    ...still,
    zIndex: TASKS_Z,
  })
  return [
    ...layout.boxes.map(({ task, shape, depth, ...place }): DiagramNode => {
      const state = states?.get(task.pointer)
      return {
        id: task.pointer,
        type: shape === 'group' ? 'holder' : 'task',
        data: { task, state, isFaded: states !== undefined && !state },
        ...placed(place),
        draggable: false,
        connectable: false,
        selected: task.pointer === selected,
        zIndex: shape === 'group' ? depth * 2 : TASKS_Z,
        ariaLabel: [task.name, task.detail, state?.status].filter(Boolean).join(', '),
      }
    }),
    ...layout.lanes.map(
      ({ lane, id, depth, ...place }): DiagramNode => ({
        id,
        type: 'lane',
        data: { lane },
        ...placed(place),
        ...still,
        zIndex: depth * 2 + 1,
        style: { pointerEvents: 'none' },
      }),
    ),
    {
      id: 'lines',
      type: 'lines',
      data: { lines: layout.lines, width: layout.width, height: layout.height },
      ...placed({ x: 0, y: 0, width: layout.width, height: layout.height }),
      ...still,
      zIndex: LINES_Z,
      style: { pointerEvents: 'none' },
    },
    pill('start', starts, layout.start),
    pill('end', 'End', layout.end),
  ]
}

function placed({ x, y, width, height }: Rectangle) {
  return { position: { x, y }, width, height }
}
