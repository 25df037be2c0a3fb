import type { CompletionSource } from '@codemirror/autocomplete'
import { EditorView } from '@codemirror/view'
import { useCallback, useEffect, useRef } from 'react'
import type { Span } from '../model/definition'
import type { FlowProblem } from '../types'
import classes from './CodeEditor.module.css'
import { markSpan, selectedTask, showProblems } from './marks'
import { type Language, setUp } from './setup'

const NO_PROBLEMS: readonly FlowProblem[] = []

export type CodeEditorProps = {
  label: string
  language: Language
  value: string
  onChange?: (value: string) => void
  /** The cursor came to another place because of the person. */
  onCursor?: (offset: number) => void
  complete?: CompletionSource
  problems?: readonly FlowProblem[] | undefined
  /** What is marked. */
  span?: Span | undefined
  /** Gives the editor itself, to put its cursor somewhere. */
  onReady?: (view: EditorView) => void
}

/** CodeMirror as a controlled field. Without `onChange` it is for reading. */
export function CodeEditor(props: CodeEditorProps) {
  const { value, problems = NO_PROBLEMS, span } = props
  const latest = useRef(props)
  latest.current = props
  const editor = useRef<EditorView>(undefined)

  const attach = useCallback((parent: HTMLDivElement) => {
    const { label, language, onChange, complete, onReady } = latest.current
    const view = new EditorView({
      parent,
      doc: latest.current.value,
      extensions: [
        setUp({ language, label, isReadOnly: !onChange, complete }),
        selectedTask,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
          const isOfPerson = update.transactions.some((one) => one.isUserEvent('select'))
          if (isOfPerson) latest.current.onCursor?.(update.state.selection.main.head)
        }),
      ],
    })
    editor.current = view
    onReady?.(view)
    return () => {
      view.destroy()
      editor.current = undefined
    }
  }, [])

  // The editor keeps its own state, which follows what the page says.
  useEffect(() => {
    const view = editor.current
    if (!view || view.state.doc.toString() === value) return
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } })
  }, [value])
  useEffect(() => {
    if (editor.current) showProblems(editor.current, problems)
  }, [problems])
  const { from, to } = span ?? {}
  useEffect(() => {
    if (!editor.current) return
    markSpan(editor.current, from === undefined || to === undefined ? undefined : { from, to })
  }, [from, to])

  return <div ref={attach} className={classes.editor} />
}
