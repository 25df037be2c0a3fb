import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'

import { listedVariables } from './variables'

const SCHEMA = 'schema'

/** The placeholders that fit, behind `{{`: the schema in the system part, the variables in the user part. */
export function completePlaceholder(context: CompletionContext): CompletionResult | null {
  const open = context.matchBefore(/\{\{[a-z0-9_]*/)
  if (!open) return null
  const text = context.state.doc.toString()
  const isUser = text.slice(0, context.pos).includes('\n# User\n')
  const isClosed = context.state.sliceDoc(context.pos, context.pos + 2) === '}}'
  const names = isUser ? listedVariables(text) : [SCHEMA]
  return {
    from: open.from + 2,
    options: names.map((name) => ({
      label: name,
      type: 'variable',
      apply: isClosed ? name : `${name}}}`,
    })),
    validFor: /^[a-z0-9_]*$/,
  }
}
