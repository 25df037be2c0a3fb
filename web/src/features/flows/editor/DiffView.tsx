import { unifiedMergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { useCallback } from 'react'

import classes from './CodeEditor.module.css'
import { type Language, setUp } from './setup'

type DiffViewProps = {
  label: string
  language?: Language
  /** The older text. */
  original: string
  /** The newer one. */
  changed: string
}

/** What differs between two texts, line by line, with the rest folded away. */
export function DiffView({ label, language = 'yaml', original, changed }: DiffViewProps) {
  const attach = useCallback(
    (parent: HTMLDivElement) => {
      const view = new EditorView({
        parent,
        state: EditorState.create({
          doc: changed,
          extensions: [
            setUp({ language, label, isReadOnly: true }),
            unifiedMergeView({
              original,
              mergeControls: false,
              collapseUnchanged: { margin: 3, minSize: 6 },
            }),
          ],
        }),
      })
      return () => view.destroy()
    },
    [label, language, original, changed],
  )
  return <div ref={attach} className={classes.editor} />
}
