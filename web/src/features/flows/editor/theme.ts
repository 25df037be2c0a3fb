import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** The colours of the app, so that both colour schemes fit. */
const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--h-surface)', color: 'inherit', fontSize: '12px' },
  '&.cm-focused': { outline: '1px solid var(--h-accent)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--h-mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--h-accent)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--h-accent)', borderLeftWidth: '2px' },
  '.cm-gutters': {
    backgroundColor: 'var(--h-surface)',
    color: 'var(--h-faint)',
    borderRight: '1px solid var(--h-border)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--h-hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'color-mix(in srgb, var(--h-accent) 24%, transparent)' },
  '.cm-selectionMatch': {
    backgroundColor: 'color-mix(in srgb, var(--h-accent) 14%, transparent)',
  },
  '.cm-searchMatch': {
    backgroundColor: 'var(--h-warning-bg)',
    outline: '1px solid var(--h-warning)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--h-border-strong)',
    borderRadius: '6px',
    backgroundColor: 'var(--h-surface)',
    color: 'inherit',
    boxShadow: 'var(--mantine-shadow-md)',
  },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--h-mono)', maxHeight: '16rem' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--h-selected)',
    color: 'inherit',
  },
  '.cm-completionDetail': { color: 'var(--h-faint)', fontStyle: 'normal' },
  '.cm-completionInfo': { padding: '6px 10px', maxWidth: '22rem' },
  '.cm-diagnostic': { padding: '6px 10px', borderLeftWidth: '3px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--h-danger)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--h-warning)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--h-danger)',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--h-warning)',
    textUnderlineOffset: '3px',
  },
  '.cm-panels': { backgroundColor: 'var(--h-sunken)', color: 'inherit' },
  '.cm-panels.cm-panels-top, .cm-panels.cm-panels-bottom': { border: 'none' },
  '.cm-panel.cm-search': { borderBottom: '1px solid var(--h-border)', fontSize: '12px' },
  '.cm-textfield, .cm-button': {
    border: '1px solid var(--h-border-strong)',
    borderRadius: '4px',
    background: 'var(--h-surface)',
    color: 'inherit',
  },
  '.cm-foldPlaceholder': {
    border: 'none',
    backgroundColor: 'var(--h-neutral-bg)',
    color: 'var(--h-muted)',
  },
  '.cm-selectedTask': { backgroundColor: 'color-mix(in srgb, var(--h-accent) 9%, transparent)' },
  '.cm-variable': { color: 'var(--h-info)' },
  '.cm-fence': { color: 'var(--h-warning)' },
  '.cm-part': { color: 'var(--h-muted)', fontWeight: '600' },
  '.cm-changedLine': { backgroundColor: 'var(--h-success-bg)' },
  '.cm-changedText': {
    background: 'color-mix(in srgb, var(--h-success) 22%, transparent)',
  },
  '.cm-deletedChunk': { backgroundColor: 'var(--h-danger-bg)' },
  '.cm-deletedChunk .cm-deletedText': {
    background: 'color-mix(in srgb, var(--h-danger) 22%, transparent)',
  },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"⋯"' },
  '.cm-collapsedLines': {
    background: 'var(--h-sunken)',
    color: 'var(--h-muted)',
  },
})

const words = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--h-info)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--h-success)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--h-warning)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--h-faint)', fontStyle: 'italic' },
  { tag: [tags.keyword, tags.labelName, tags.typeName], color: 'var(--h-warning)' },
  { tag: [tags.punctuation, tags.separator, tags.meta], color: 'var(--h-muted)' },
])

export const theme = [look, syntaxHighlighting(words)]
