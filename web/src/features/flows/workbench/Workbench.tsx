import type { EditorView } from '@codemirror/view'
import { SegmentedControl } from '@mantine/core'
import { startTransition, useMemo, useState } from 'react'

import { queryClient } from '~/api/queryClient'
import { useLatest } from '~/lib/useLatest'
import bench from '~/ui/bench.module.css'
import type { Knowledge } from '../editor/completion'
import { allTasks, taskAt } from '../model/definition'
import { flowSchema, functionList } from '../queries'
import type { FlowProblem, TriedFlow } from '../types'
import { type Comparable, ComparePane } from './ComparePane'
import type { Draft } from './draft'
import { LazyDiagram, LazyEditor } from './LazyParts'
import { ProblemList } from './ProblemList'
import { Split } from './Split'
import { TryPane } from './TryPane'
import { triedStates } from './tried'
import classes from './Workbench.module.css'

export type Pane = 'yaml' | 'try' | 'compare'

const PANES = [
  { value: 'yaml', label: 'YAML' },
  { value: 'try', label: 'Try it' },
  { value: 'compare', label: 'Compare' },
] as const

type WorkbenchProps = {
  draft: Draft
  pane: Pane
  onPane: (pane: Pane) => void
  /** What the text can be compared with. */
  others: readonly Comparable[]
  /** Why the text cannot be changed. */
  isReadOnly: boolean
}

/** A flow as a diagram beside its text. A task that is chosen in one is shown in the other. */
export function Workbench({ draft, pane, onPane, others, isReadOnly }: WorkbenchProps) {
  const [selected, setSelected] = useState<string>()
  const [editor, setEditor] = useState<EditorView>()
  const [tried, setTried] = useState<{ source: string; result: TriedFlow }>()
  // What another text did says nothing of this one.
  const result = tried?.source === draft.source ? tried.result : undefined
  const selectInDiagram = async (pointer: string | undefined) => {
    setSelected(pointer)
    const span = spanOf(draft, pointer)
    if (!editor || !span || pane !== 'yaml') return
    const { revealSpan } = await import('../editor/marks')
    revealSpan(editor, span)
  }
  const select = useLatest((pointer: string | undefined) => void selectInDiagram(pointer))
  return (
    <Split
      left={
        <DiagramSide
          draft={draft}
          selected={selected}
          onSelect={select}
          tried={pane === 'try' ? result : undefined}
        />
      }
      right={
        <>
          <div className={bench.bar}>
            <SegmentedControl
              aria-label="What stands beside the diagram"
              data={others.length > 0 ? [...PANES] : PANES.slice(0, 2)}
              value={pane}
              onChange={(chosen) =>
                onPane(PANES.find(({ value }) => value === chosen)?.value ?? 'yaml')
              }
            />
            {draft.isChanged && <span className={bench.changed}>Not saved yet</span>}
          </div>
          {pane === 'yaml' && (
            <YamlPane
              draft={draft}
              selected={selected}
              onSelect={setSelected}
              isReadOnly={isReadOnly}
              editor={editor}
              onReady={setEditor}
            />
          )}
          {pane === 'try' && (
            <TryPane
              source={draft.source}
              definition={draft.last}
              tried={result}
              onTried={(done) => setTried({ source: draft.source, result: done })}
              selected={selected}
              onSelect={setSelected}
            />
          )}
          {pane === 'compare' && <ComparePane source={draft.source} others={others} />}
        </>
      }
    />
  )
}

type SideProps = {
  draft: Draft
  selected: string | undefined
  onSelect: (pointer: string | undefined) => void
}

function DiagramSide({
  draft,
  selected,
  onSelect,
  tried,
}: SideProps & { tried: TriedFlow | undefined }) {
  const states = useMemo(() => tried && triedStates(tried), [tried])
  if (!draft.last) {
    return (
      <p className={classes.nothing}>{draft.fault?.message ?? 'There is nothing to show yet.'}</p>
    )
  }
  return (
    <>
      {draft.fault && (
        <p className={classes.fault} role="status">
          Line {draft.fault.line} is no sound YAML. The diagram shows how the flow was before.
        </p>
      )}
      <LazyDiagram
        definition={draft.last}
        states={states}
        selected={selected}
        onSelect={onSelect}
      />
    </>
  )
}

type YamlPaneProps = SideProps & {
  isReadOnly: boolean
  editor: EditorView | undefined
  onReady: (editor: EditorView) => void
}

function YamlPane({ draft, selected, onSelect, isReadOnly, editor, onReady }: YamlPaneProps) {
  const tasks = draft.definition?.tasks ?? []
  const goTo = async (problem: FlowProblem) => {
    const { goTo: go } = await import('../editor/marks')
    if (editor) go(editor, problem)
  }
  return (
    <>
      <div className={bench.editor}>
        <LazyEditor
          label="Definition in YAML"
          language="yaml"
          value={draft.source}
          problems={draft.problems}
          span={spanOf(draft, selected)}
          complete={completeLater}
          // The diagram may follow a moment later than the cursor goes.
          onCursor={(offset) => startTransition(() => onSelect(taskAt(tasks, offset)?.pointer))}
          onReady={onReady}
          {...(!isReadOnly && { onChange: draft.setSource })}
        />
      </div>
      <ProblemList draft={draft} onGoTo={(problem) => void goTo(problem)} />
    </>
  )
}

function spanOf({ definition }: Draft, pointer: string | undefined) {
  return allTasks(definition?.tasks ?? []).find((task) => task.pointer === pointer)?.span
}

const completeLater: NonNullable<Parameters<typeof LazyEditor>[0]['complete']> = async (
  context,
) => {
  const { completeFlow } = await import('../editor/completion')
  return completeFlow(readKnowledge)(context)
}

async function readKnowledge(): Promise<Knowledge> {
  const [schema, functions] = await Promise.all([
    queryClient.ensureQueryData(flowSchema()),
    queryClient.ensureQueryData(functionList()),
  ])
  return { schema, functions: functions.items }
}
