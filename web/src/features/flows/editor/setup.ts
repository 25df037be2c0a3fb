import { autocompletion, type CompletionSource, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from '@codemirror/language'
import { lintKeymap } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  ViewPlugin,
} from '@codemirror/view'

import { prompt } from './prompt'
import { theme } from './theme'

export type Language = 'yaml' | 'json' | 'prompt'

const GRAMMARS: Readonly<Record<Language, () => Extension>> = { yaml, json, prompt }

type Setup = {
  language: Language
  /** What it holds, for those who hear it. */
  label: string
  isReadOnly: boolean
  complete?: CompletionSource | undefined
}

/** Everything of an editor but what it tells its page. */
export function setUp({ language, label, isReadOnly, complete }: Setup): Extension[] {
  return [
    nonce(),
    theme,
    GRAMMARS[language](),
    lineNumbers(),
    foldGutter(),
    highlightSpecialChars(),
    drawSelection(),
    bracketMatching(),
    highlightSelectionMatches(),
    search({ top: true }),
    indentUnit.of('  '),
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({
      'aria-label': label,
      ...(!isReadOnly && {
        'aria-description': 'Tab indents. Escape, then Tab, leaves the editor.',
      }),
    }),
    keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap, ...lintKeymap]),
    isReadOnly ? readOnly() : writable(complete),
    reachable,
  ]
}

/** Long text can be scrolled by the keyboard, too. */
const reachable = ViewPlugin.define((view) => {
  view.scrollDOM.tabIndex = 0
  return {}
})

function readOnly(): Extension {
  return [EditorState.readOnly.of(true), EditorView.lineWrapping]
}

function writable(complete: CompletionSource | undefined): Extension {
  return [
    history(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    replacing,
    autocompletion({ ...(complete && { override: [complete] }), icons: false }),
    keymap.of([...completionKeymap, ...historyKeymap, indentWithTab]),
  ]
}

/**
 * Text typed over a selection is put in by the editor itself. The browser would dress it in the styles of
 * what it replaces, which the page's policy forbids.
 */
const replacing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main
    const text = event.data
    if (event.inputType !== 'insertText' || !text || empty || view.composing) return false
    const insert = () =>
      view.state.update(view.state.replaceSelection(text), {
        userEvent: 'input.type',
        scrollIntoView: true,
      })
    const handlers = view.state.facet(EditorView.inputHandler)
    if (!handlers.some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert())
    return true
  },
})

/** The style sheets that the editor adds carry the page's nonce. */
function nonce(): Extension {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')
  return EditorView.cspNonce.of(meta?.content ?? '')
}
