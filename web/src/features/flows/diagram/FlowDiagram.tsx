import '@xyflow/react/dist/base.css'

import { ActionIcon, Tooltip } from '@mantine/core'
import { IconFocusCentered, IconMinus, IconPlus } from '@tabler/icons-react'
import { Background, Panel, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { type KeyboardEvent, memo, useMemo, useRef } from 'react'

import { type Definition, nearestKnown } from '../model/definition'
import { type Layout, layOut } from '../model/layout'
import classes from './FlowDiagram.module.css'
import { graphOf } from './graph'
import { nodeTypes } from './nodes'
import type { TaskStates } from './states'

type FlowDiagramProps = {
  definition: Definition
  /** What became of the tasks; without it the flow is shown as such. */
  states?: TaskStates | undefined
  /** The place of the task that is looked at. */
  selected: string | undefined
  onSelect: (pointer: string | undefined) => void
}

/** A flow from top to bottom. Keys: arrows move from task to task, + and - zoom, 0 shows all. */
export const FlowDiagram = memo(function FlowDiagram(props: FlowDiagramProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  )
})

const STEPS: ReadonlyMap<string, 1 | -1> = new Map([
  ['ArrowDown', 1],
  ['ArrowRight', 1],
  ['ArrowUp', -1],
  ['ArrowLeft', -1],
])
const MIN_ZOOM = 0.2
const MAX_ZOOM = 1.5
const SMALLEST_READABLE = 0.75
const MARGIN = 24

function Canvas({ definition, states, selected, onSelect }: FlowDiagramProps) {
  const frame = useRef<HTMLDivElement>(null)
  const { fitView, zoomIn, zoomOut, setCenter, getZoom, setViewport } = useReactFlow()
  const layout = useMemo(() => layOut(definition.tasks), [definition])
  const boxes = useMemo(() => new Map(layout.boxes.map((box) => [box.task.pointer, box])), [layout])
  const shown = selected && nearestKnown(selected, boxes)
  const nodes = useMemo(
    () => graphOf(layout, definition.starts, states, shown),
    [layout, definition.starts, states, shown],
  )
  const showAll = () => void fitView({ padding: 0.05, maxZoom: 1 })

  const move = (by: 1 | -1) => {
    const places = [...boxes.keys()]
    const at = shown ? places.indexOf(shown) : -1
    const next = places[Math.min(Math.max(at + by, 0), places.length - 1)]
    const box = next && boxes.get(next)
    if (!box) return
    onSelect(next)
    void setCenter(box.x + box.width / 2, box.y + Math.min(box.height, 200) / 2, {
      zoom: getZoom(),
    })
  }

  const act = (key: string) => {
    const by = STEPS.get(key)
    if (by) move(by)
    else if (key === '+') void zoomIn()
    else if (key === '-') void zoomOut()
    else if (key === '0') showAll()
    else if (key === 'Escape') onSelect(undefined)
    else return false
    return true
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !act(event.key)) return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={frame}
      className={classes.frame}
      role="application"
      aria-label={`Diagram of ${definition.title}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas as a whole is moved through by keys
      tabIndex={0}
      onKeyDownCapture={onKeyDown}
    >
      <ReactFlow
        nodes={nodes}
        edges={[]}
        nodeTypes={nodeTypes}
        onInit={() => void setViewport(readable(layout, frame.current))}
        onNodeClick={(_event, { id }) => onSelect(boxes.has(id) ? id : undefined)}
        onPaneClick={() => onSelect(undefined)}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elevateNodesOnSelect={false}
        panOnScroll
        zoomOnDoubleClick={false}
        minZoom={MIN_ZOOM}
        maxZoom={MAX_ZOOM}
        deleteKeyCode={null}
        disableKeyboardA11y
        attributionPosition="bottom-left"
        onlyRenderVisibleElements
      >
        <Background gap={20} size={1} {...(classes.dots && { className: classes.dots })} />
        <Panel position="bottom-right" className={classes.tools ?? ''}>
          <Tool label="Zoom in (+)" icon={IconPlus} onClick={() => void zoomIn()} />
          <Tool label="Zoom out (−)" icon={IconMinus} onClick={() => void zoomOut()} />
          <Tool label="Show all (0)" icon={IconFocusCentered} onClick={showAll} />
        </Panel>
      </ReactFlow>
    </div>
  )
}

type ToolProps = { label: string; icon: typeof IconPlus; onClick: () => void }

function Tool({ label, icon: Icon, onClick }: ToolProps) {
  return (
    <Tooltip label={label} position="left">
      <ActionIcon size="md" aria-label={label} onClick={onClick}>
        <Icon size={15} />
      </ActionIcon>
    </Tooltip>
  )
}

/** The beginning of the flow, as large as it can be read and as much of its width as fits. */
function readable({ width, start }: Layout, frame: HTMLElement | null) {
  const room = (frame?.clientWidth ?? 800) - 2 * MARGIN
  const zoom = Math.min(1, Math.max(room / width, SMALLEST_READABLE))
  const middle = (start.x + start.width / 2) * zoom
  const isWhole = width * zoom <= room
  const x = isWhole ? MARGIN + (room - width * zoom) / 2 : MARGIN + room / 2 - middle
  return { x, y: MARGIN, zoom }
}
