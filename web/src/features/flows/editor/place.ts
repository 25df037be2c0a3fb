/** Where in a definition something is being written. */
export type Place = {
  /** The keys from the top to here; `*` is an item of a list. */
  path: string[]
  /** The keys that stand beside it already, with their texts. */
  siblings: ReadonlyMap<string, string>
  /** The same for the map around it, for `with` beside its `call`. */
  around: ReadonlyMap<string, string>
  /** The key whose value is being written; a key itself is without one. */
  key: string | undefined
  /** What is written of it so far. */
  word: string
}

type Line = { column: number; dash: number | undefined; key: string | undefined; value: string }

const LINE = /^(\s*)((?:-\s+)*)(?:(["']?)([\w.$-]+)\3:(?:\s+|$))?(.*)$/

/**
 * Finds the place by indentation, since the text is seldom sound while somebody writes. Undefined
 * inside maps on one line and blocks of text.
 */
export function placeAt(lines: readonly string[]): Place | undefined {
  const last = lines.at(-1)
  if (last === undefined || /[{[|>#]/.test(last)) return undefined
  const current = read(last)
  const { path, siblings, around } = climb(lines.slice(0, -1).map(read), current)
  const word = current.value
  if (!/^["'\w.$-]*$/.test(word)) return undefined
  return { path, siblings, around, key: current.key, word: word.replace(/^["']/, '') }
}

function climb(above: readonly Line[], current: Line) {
  const path: string[] = []
  const levels: Map<string, string>[] = [new Map()]
  let { column } = current
  // The column of the list's dash while the map that holds the list is looked for.
  let list = current.dash
  if (list !== undefined) {
    path.unshift('*')
    levels.push(new Map())
  }
  for (const line of above.toReversed()) {
    if (line.key === undefined) continue
    const isHolder =
      list === undefined ? line.column < column : line.column <= list && line.dash !== list
    if (isHolder) {
      path.unshift(line.key)
      column = line.column
      list = undefined
      levels.push(new Map())
    } else if (list !== undefined || line.column !== column) {
      continue
    }
    levels.at(-1)?.set(line.key, line.value)
    if (line.dash !== undefined) {
      path.unshift('*')
      list = line.dash
      levels.push(new Map())
    }
  }
  const [siblings = new Map<string, string>(), around = new Map<string, string>()] = levels
  return { path, siblings, around }
}

function read(text: string): Line {
  const [, indent = '', dashes = '', , key, value = ''] = LINE.exec(text) ?? []
  const isComment = value.startsWith('#') && key === undefined
  return {
    column: indent.length + dashes.length,
    dash: dashes ? indent.length : undefined,
    key: isComment ? undefined : key,
    value: value.trim(),
  }
}
