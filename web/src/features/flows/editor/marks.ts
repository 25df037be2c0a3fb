import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { StateEffect, StateField, type Text } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view'
import type { Span } from '../model/definition'
import { messageOf } from '../problems'
import type { FlowProblem } from '../types'

const selectSpan = StateEffect.define<Span | undefined>()

/** The lines of the task that is selected in the diagram. */
export const selectedTask = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.find((one) => one.is(selectSpan))
    if (!effect) return marks.map(transaction.changes)
    return effect.value ? linesOf(transaction.state.doc, effect.value) : Decoration.none
  },
  provide: (field) => EditorView.decorations.from(field),
})

const line = Decoration.line({ class: 'cm-selectedTask' })

function linesOf(text: Text, { from, to }: Span): DecorationSet {
  const first = text.lineAt(within(text, from)).number
  // A value's end may be the beginning of the next line.
  const last = text.lineAt(within(text, Math.max(from, to - 1))).number
  const marks = Array.from({ length: last - first + 1 }, (_, index) =>
    line.range(text.line(first + index).from),
  )
  return Decoration.set(marks)
}

/** Marks the lines of a task. */
export function markSpan(view: EditorView, span: Span | undefined) {
  view.dispatch({ effects: selectSpan.of(span) })
}

/** Puts the cursor to the beginning of a task, and brings it into sight. */
export function revealSpan(view: EditorView, span: Span) {
  const anchor = within(view.state.doc, span.from)
  view.dispatch({
    selection: { anchor },
    effects: EditorView.scrollIntoView(anchor, { y: 'start', yMargin: 60 }),
  })
}

/** Puts the cursor to a line and column, both from 1. */
export function goTo(view: EditorView, at: { line: number; column: number }) {
  const position = positionOf(view.state.doc, at)
  view.dispatch({
    selection: { anchor: position },
    effects: EditorView.scrollIntoView(position, { y: 'center' }),
  })
  view.focus()
}

export function showProblems(view: EditorView, problems: readonly FlowProblem[]) {
  const text = view.state.doc
  const diagnostics = problems.map((problem): Diagnostic => {
    const from = positionOf(text, problem)
    const rest = text.sliceString(from, text.lineAt(from).to)
    const word = /^["']?[^\s,:}\]]+/.exec(rest)?.[0].length ?? Math.max(rest.length, 1)
    return {
      from,
      to: Math.min(from + word, text.length),
      severity: problem.severity,
      message: messageOf(problem),
    }
  })
  view.dispatch(setDiagnostics(view.state, diagnostics))
}

/** Columns count characters, and the editor UTF-16 units. */
function positionOf(text: Text, { line: number, column }: { line: number; column: number }) {
  const at = text.line(Math.min(Math.max(number, 1), text.lines))
  const before = Array.from(at.text)
    .slice(0, Math.max(column - 1, 0))
    .join('')
  return Math.min(at.from + before.length, at.to)
}

function within(text: Text, position: number): number {
  return Math.min(Math.max(position, 0), text.length)
}
