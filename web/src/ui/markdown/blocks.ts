export type Align = 'left' | 'center' | 'right'

export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'list'; start: number | undefined; items: Block[][] }
  | { kind: 'table'; head: string[]; align: Align[]; rows: string[][] }
  | { kind: 'rule' }

type Taken = { block: Block; next: number }

const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/
const FENCE = /^ {0,3}(```|~~~)/
const QUOTE = /^ {0,3}> ?/
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)/
const DELIMITERS = /^ {0,3}\|?(?: *:?-+:? *\|)+ *(?::?-+:? *)?$|^ {0,3}\|? *:?-+:? *\|?$/
const DEEPEST = 6

/** The blocks of a Markdown text. It never fails: what it does not know is a paragraph. */
export function parseBlocks(text: string): Block[] {
  return blocksOf(text.replace(/\r\n?/g, '\n').replaceAll('\t', '    ').split('\n'), 0)
}

function blocksOf(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = []
  let index = 0
  while (index < lines.length) {
    if (isBlank(lines[index])) {
      index += 1
      continue
    }
    const taken =
      fenceAt(lines, index) ??
      headingAt(lines, index) ??
      ruleAt(lines, index) ??
      (depth < DEEPEST
        ? (quoteAt(lines, index, depth) ?? listAt(lines, index, depth))
        : undefined) ??
      tableAt(lines, index) ??
      paragraphAt(lines, index)
    blocks.push(taken.block)
    index = taken.next
  }
  return blocks
}

function fenceAt(lines: readonly string[], index: number): Taken | undefined {
  const fence = FENCE.exec(lines[index] ?? '')?.[1]
  if (!fence) return undefined
  const isEnd = (line: string) => line.trimStart().startsWith(fence)
  const end = lines.findIndex((line, at) => at > index && isEnd(line))
  const last = end === -1 ? lines.length : end
  return { block: { kind: 'code', text: lines.slice(index + 1, last).join('\n') }, next: last + 1 }
}

function headingAt(lines: readonly string[], index: number): Taken | undefined {
  const [, marks, text = ''] = HEADING.exec(lines[index] ?? '') ?? []
  return marks
    ? { block: { kind: 'heading', level: marks.length, text }, next: index + 1 }
    : undefined
}

function ruleAt(lines: readonly string[], index: number): Taken | undefined {
  return RULE.test(lines[index] ?? '') ? { block: { kind: 'rule' }, next: index + 1 } : undefined
}

function quoteAt(lines: readonly string[], index: number, depth: number): Taken | undefined {
  const inner: string[] = []
  let next = index
  for (let line = lines[next]; line !== undefined && QUOTE.test(line); line = lines[next]) {
    inner.push(line.replace(QUOTE, ''))
    next += 1
  }
  if (inner.length === 0) return undefined
  return { block: { kind: 'quote', blocks: blocksOf(inner, depth + 1) }, next }
}

function listAt(lines: readonly string[], index: number, depth: number): Taken | undefined {
  const first = markOf(lines[index])
  if (!first) return undefined
  const items: Block[][] = []
  let next = index
  for (let mark = markOf(lines[next]); mark; mark = markOf(lines[next])) {
    if ((mark.number === undefined) !== (first.number === undefined)) break
    const inner = itemLines(lines, next, mark.indent)
    items.push(blocksOf(inner, depth + 1))
    next += inner.length
  }
  return { block: { kind: 'list', start: first.number, items }, next }
}

/** The mark that begins an item, and how far what belongs to it is indented. */
function markOf(line: string | undefined): { indent: number; number?: number } | undefined {
  const [whole, , mark = ''] = ITEM.exec(line ?? '') ?? []
  if (whole === undefined) return undefined
  const number = Number.parseInt(mark, 10)
  return { indent: whole.length, ...(!Number.isNaN(number) && { number }) }
}

function itemLines(lines: readonly string[], index: number, indent: number): string[] {
  const inner = [(lines[index] ?? '').slice(indent)]
  for (let next = index + 1; next < lines.length && belongsTo(lines, next, indent); next += 1) {
    const line = lines[next] ?? ''
    inner.push(line.slice(Math.min(indent, line.length - line.trimStart().length)))
  }
  return inner
}

/** Whether a line goes on with the item above it: it is indented, or a blank line before such a one. */
function belongsTo(lines: readonly string[], index: number, indent: number): boolean {
  const line = lines[index] ?? ''
  if (isBlank(line)) return indentOf(lines[index + 1]) >= Math.min(indent, 2)
  if (indentOf(line) >= Math.min(indent, 2)) return true
  return !isBlank(lines[index - 1]) && !startsBlock(lines, index)
}

function tableAt(lines: readonly string[], index: number): Taken | undefined {
  if (!isTable(lines, index)) return undefined
  const head = cellsOf(lines[index])
  const align = cellsOf(lines[index + 1]).map(alignOf)
  const rows: string[][] = []
  let next = index + 2
  while (next < lines.length && lines[next]?.includes('|')) {
    const cells = cellsOf(lines[next])
    rows.push(head.map((_, column) => cells[column] ?? ''))
    next += 1
  }
  return { block: { kind: 'table', head, align, rows }, next }
}

function isTable(lines: readonly string[], index: number): boolean {
  const [head, delimiters] = [lines[index] ?? '', lines[index + 1] ?? '']
  return (
    head.includes('|') &&
    delimiters.includes('|') &&
    DELIMITERS.test(delimiters) &&
    cellsOf(head).length === cellsOf(delimiters).length
  )
}

function paragraphAt(lines: readonly string[], index: number): Taken {
  let next = index + 1
  while (next < lines.length && !isBlank(lines[next]) && !startsBlock(lines, next)) next += 1
  const text = lines.slice(index, next).map((line) => line.trim())
  return { block: { kind: 'paragraph', text: text.join('\n') }, next }
}

function startsBlock(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? ''
  return (
    [FENCE, HEADING, RULE, QUOTE, ITEM].some((start) => start.test(line)) || isTable(lines, index)
  )
}

function cellsOf(line: string | undefined): string[] {
  const inner = (line ?? '').trim().replace(/^\|/, '').replace(/\|$/, '')
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim())
}

function alignOf(delimiter: string): Align {
  if (!delimiter.endsWith(':')) return 'left'
  return delimiter.startsWith(':') ? 'center' : 'right'
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === ''
}

function indentOf(line: string | undefined): number {
  return line === undefined || isBlank(line) ? -1 : line.length - line.trimStart().length
}
