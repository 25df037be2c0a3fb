import type { Extension } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'

const CLASSES: readonly (readonly [start: string, name: string])[] = [
  ['{{', 'cm-variable'],
  ['<', 'cm-fence'],
  ['#', 'cm-part'],
  ['+', 'cm-part'],
]

/** Placeholders, the block that holds what the client wrote, and where the parts begin. */
const marks = new MatchDecorator({
  regexp: /\{\{[^}\n]*\}\}|<\/?client_data>|^# (?:System|User)$|^\+\+\+$/gm,
  decoration: ([text = '']) =>
    Decoration.mark({ class: CLASSES.find(([start]) => text.startsWith(start))?.[1] ?? '' }),
})

const highlighting = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet

    constructor(view: EditorView) {
      this.decorations = marks.createDeco(view)
    }

    update(update: ViewUpdate) {
      this.decorations = marks.updateDeco(update, this.decorations)
    }
  },
  { decorations: ({ decorations }) => decorations },
)

/** A prompt is prose: long lines are wrapped, and what the program reads in it is coloured. */
export function prompt(): Extension {
  return [EditorView.lineWrapping, highlighting]
}
