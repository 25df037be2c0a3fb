import { IconFilter, IconRotateClockwise } from '@tabler/icons-react'
import type { NodeProps } from '@xyflow/react'

import { statusLook } from '~/ui/status'
import tones from '~/ui/tone.module.css'
import type { Task } from '../model/definition'
import { pathOf } from '../model/path'
import classes from './FlowDiagram.module.css'
import type { DiagramNode } from './graph'
import { kindLook } from './kinds'
import type { TaskState } from './states'

type TaskNode = Extract<DiagramNode, { type: 'task' | 'holder' }>

function TaskBox({ data, selected }: NodeProps<Extract<DiagramNode, { type: 'task' }>>) {
  return (
    <div className={boxClass(classes.task, data)} data-selected={selected || undefined}>
      <Face {...data} />
      {data.task.cases.length > 0 && (
        <ul className={classes.cases}>
          {data.task.cases.map(({ name, when, next }) => (
            <li key={name} className={classes.case} title={when ? `${name}: ${when}` : name}>
              <span className={classes.caseName}>{when ?? 'otherwise'}</span>
              <span className={classes.then}>{next}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function GroupBox({ data, selected }: NodeProps<Extract<DiagramNode, { type: 'holder' }>>) {
  return (
    <div className={boxClass(classes.group, data)} data-selected={selected || undefined}>
      <Face {...data} isGroup />
    </div>
  )
}

function Face({ task, state, isGroup }: TaskNode['data'] & { isGroup?: boolean }) {
  const { icon: Icon, label } = kindLook(task)
  return (
    <div className={isGroup ? classes.groupFace : classes.face}>
      <span className={classes.icon} title={label}>
        <Icon size={16} stroke={1.75} aria-label={label} />
      </span>
      <span className={classes.words}>
        <span className={classes.name} title={task.name}>
          {task.name}
        </span>
        <span className={classes.detail} title={task.detail}>
          {task.detail ?? label}
        </span>
      </span>
      <Marks task={task} state={state} />
    </div>
  )
}

function Marks({ task, state }: { task: Task; state: TaskState | undefined }) {
  return (
    <span className={classes.marks}>
      {!state && task.condition && (
        <span title={`Only if ${task.condition}`}>
          <IconFilter size={13} aria-label={`Only if ${task.condition}`} />
        </span>
      )}
      {!state && task.retry && (
        <span title={`Tried again: ${task.retry}`}>
          <IconRotateClockwise size={13} aria-label={`Tried again: ${task.retry}`} />
        </span>
      )}
      {task.next && <span className={classes.then}>{task.next}</span>}
      {state && <StateMark {...state} />}
    </span>
  )
}

function StateMark({ status, count, note }: TaskState) {
  const { icon: Icon, label } = statusLook(status)
  return (
    <span className={classes.state} title={[label, note].filter(Boolean).join(', ')}>
      {count > 1 && <span className={classes.count}>×{count}</span>}
      <Icon size={15} stroke={2} aria-label={label} />
    </span>
  )
}

function boxClass(shape: string | undefined, { state, isFaded }: TaskNode['data']): string {
  const tone = state && tones[state.tone ?? statusLook(state.status).tone]
  return [shape, tone && classes.toned, tone, isFaded && classes.faded].filter(Boolean).join(' ')
}

function LaneBox({ data }: NodeProps<Extract<DiagramNode, { type: 'lane' }>>) {
  return (
    <div className={classes.lane} data-role={data.lane.role}>
      {data.lane.label && (
        <span className={classes.laneLabel} title={data.lane.label}>
          {data.lane.label}
        </span>
      )}
    </div>
  )
}

function Pill({ data }: NodeProps<Extract<DiagramNode, { type: 'pill' }>>) {
  return (
    <div className={classes.pill} title={data.label}>
      {data.label}
    </div>
  )
}

function Lines({ data }: NodeProps<Extract<DiagramNode, { type: 'lines' }>>) {
  return (
    <svg className={classes.lines} width={data.width} height={data.height} aria-hidden="true">
      <defs>
        <Arrow id="flow-line-end" className={classes.arrow} />
        <Arrow id="flow-jump-end" className={classes.jumpArrow} />
      </defs>
      {data.lines.map(({ id, points, isJump }) => (
        <path
          key={id}
          d={pathOf(points)}
          className={isJump ? classes.jump : classes.line}
          markerEnd={isJump ? 'url(#flow-jump-end)' : 'url(#flow-line-end)'}
        />
      ))}
    </svg>
  )
}

function Arrow({ id, className }: { id: string; className: string | undefined }) {
  return (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="7"
      markerHeight="7"
      orient="auto"
    >
      <path d="M 0 0.5 L 7 4 L 0 7.5 z" className={className} />
    </marker>
  )
}

export const nodeTypes = {
  task: TaskBox,
  holder: GroupBox,
  lane: LaneBox,
  pill: Pill,
  lines: Lines,
}
