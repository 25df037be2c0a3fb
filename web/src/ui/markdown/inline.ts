export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'del'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] }

type Found = { node: Inline; end: number }

const SPECIAL = /[\\`*_~[!]/g
const ESCAPABLE = /[\\`*_{}[\]()#+\-.!|~<>]/
const DEEPEST = 8

const MARKS: readonly (readonly [mark: string, kind: 'strong' | 'em' | 'del'])[] = [
  ['**', 'strong'],
  ['__', 'strong'],
  ['~~', 'del'],
  ['*', 'em'],
  ['_', 'em'],
]

/** Text of one block as its parts. Whatever is not Markdown, such as HTML, stays text. */
export function parseInline(text: string, depth = 0): Inline[] {
  const nodes: Inline[] = []
  // What was not found once will not be found further on: this keeps long texts linear.
  const absent = new Set<string>()
  let plain = ''
  let at = 0
  const flush = () => {
    if (plain) nodes.push({ kind: 'text', text: plain })
    plain = ''
  }
  while (at < text.length) {
    SPECIAL.lastIndex = at
    const next = SPECIAL.exec(text)?.index ?? text.length
    plain += text.slice(at, next)
    at = next
    if (at >= text.length) break
    const following = text.charAt(at + 1)
    if (text.charAt(at) === '\\' && ESCAPABLE.test(following)) {
      plain += following
      at += 2
      continue
    }
    const found = depth < DEEPEST ? partAt(text, at, depth, absent) : undefined
    if (found) {
      flush()
      nodes.push(found.node)
      at = found.end
    } else {
      plain += text.charAt(at)
      at += 1
    }
  }
  flush()
  return nodes
}

function partAt(text: string, at: number, depth: number, absent: Set<string>): Found | undefined {
  const char = text.charAt(at)
  if (char === '`') return codeAt(text, at, absent)
  if (char === '[') return linkAt(text, at, at, depth, absent)
  if (char === '!') {
    return text.charAt(at + 1) === '[' ? linkAt(text, at, at + 1, depth, absent) : undefined
  }
  return emphasisAt(text, at, depth, absent)
}

function codeAt(text: string, at: number, absent: Set<string>): Found | undefined {
  let start = at
  while (text.charAt(start) === '`') start += 1
  const mark = text.slice(at, start)
  const close = find(text, mark, start, absent)
  if (close === -1) return undefined
  return { node: { kind: 'code', text: text.slice(start, close).trim() }, end: close + mark.length }
}

/** A link, or an image, which is shown as a link: nothing is fetched from elsewhere. */
function linkAt(
  text: string,
  at: number,
  bracket: number,
  depth: number,
  absent: Set<string>,
): Found | undefined {
  const middle = find(text, '](', bracket, absent)
  const end = middle === -1 ? -1 : find(text, ')', middle, absent)
  if (end === -1 || text.slice(bracket + 1, middle).includes('[')) return undefined
  const label = text.slice(bracket + 1, middle)
  const href =
    text
      .slice(middle + 2, end)
      .trim()
      .split(/\s/, 1)[0] ?? ''
  const children = at === bracket ? parseInline(label, depth + 1) : [textNode(label || href)]
  return { node: { kind: 'link', href, children }, end: end + 1 }
}

function emphasisAt(
  text: string,
  at: number,
  depth: number,
  absent: Set<string>,
): Found | undefined {
  for (const [mark, kind] of MARKS) {
    if (!text.startsWith(mark, at)) continue
    const start = at + mark.length
    if (/\s|^$/.test(text.charAt(start)) || isInWord(text, at, start, mark)) continue
    const close = closing(text, mark, start, absent)
    if (close === -1) continue
    const children = parseInline(text.slice(start, close), depth + 1)
    return { node: { kind, children }, end: close + mark.length }
  }
  return undefined
}

function closing(text: string, mark: string, start: number, absent: Set<string>): number {
  const close = find(text, mark, start + 1, absent)
  if (close === -1 || /\s/.test(text.charAt(close - 1))) return -1
  const isWordMark = mark.startsWith('_') && /\w/.test(text.charAt(close + mark.length))
  // `*` must not take half of a `**`.
  const isHalf = mark.length === 1 && text.charAt(close + 1) === mark
  return isWordMark || isHalf ? -1 : close
}

// The underscores of a snake_case name emphasise nothing.
function isInWord(text: string, at: number, start: number, mark: string): boolean {
  return mark.startsWith('_') && /\w/.test(text.charAt(at - 1)) && start > at
}

function find(text: string, mark: string, from: number, absent: Set<string>): number {
  if (absent.has(mark)) return -1
  const at = text.indexOf(mark, from)
  if (at === -1) absent.add(mark)
  return at
}

function textNode(text: string): Inline {
  return { kind: 'text', text }
}
