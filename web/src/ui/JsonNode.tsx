import { IconChevronRight } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'

import classes from './JsonView.module.css'
import { contains, entriesOf, summaryOf } from './json'

type JsonNodeProps = {
  name?: string
  value: unknown
  level: number
  depth: number
  needle: string
}

const LONG_TEXT = 300
const SHOWN_AT_FIRST = 100

export function JsonNode(props: JsonNodeProps) {
  const entries = entriesOf(props.value)
  if (!entries || entries.length === 0) return <Leaf {...props} />
  return <Branch {...props} entries={entries} />
}

function Branch(props: JsonNodeProps & { entries: readonly (readonly [string, unknown])[] }) {
  const { name, value, level, depth, needle, entries } = props
  const [chosen, setChosen] = useState<boolean>()
  const [limit, setLimit] = useState(SHOWN_AT_FIRST)
  const isFound = needle !== '' && entries.some(([key, child]) => contains(child, needle, key))
  const isOpen = chosen ?? (isFound || level < depth)
  // What is found must be seen; otherwise long lists come in parts.
  const shown = isFound ? entries : entries.slice(0, limit)
  return (
    <div>
      <button
        type="button"
        className={classes.toggle}
        aria-expanded={isOpen}
        onClick={() => setChosen(!isOpen)}
      >
        <IconChevronRight size={12} aria-hidden className={classes.chevron} />
        <Name name={name} needle={needle} />
        <span className={classes.summary}>{summaryOf(value)}</span>
      </button>
      {isOpen && (
        <div className={classes.children}>
          {shown.map(([key, child]) => (
            <JsonNode
              key={key}
              name={key}
              value={child}
              level={level + 1}
              depth={depth}
              needle={needle}
            />
          ))}
          {shown.length < entries.length && (
            <button
              type="button"
              className={classes.whole}
              onClick={() => setLimit(limit + SHOWN_AT_FIRST)}
            >
              show more of {entries.length}
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Leaf({ name, value, needle }: JsonNodeProps) {
  const [isWhole, setIsWhole] = useState(false)
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')
  const isCut = !isWhole && !needle && text.length > LONG_TEXT
  return (
    <div className={classes.leaf}>
      <Name name={name} needle={needle} />
      <span className={classes[typeof value] ?? classes.empty}>
        <Marked text={isCut ? `${text.slice(0, LONG_TEXT)}…` : text} needle={needle} />
      </span>
      {isCut && (
        <button type="button" className={classes.whole} onClick={() => setIsWhole(true)}>
          show all
        </button>
      )}
    </div>
  )
}

function Name({ name, needle }: { name: string | undefined; needle: string }) {
  if (name === undefined) return null
  return (
    <span className={classes.name}>
      <Marked text={name} needle={needle} />:
    </span>
  )
}

function Marked({ text, needle }: { text: string; needle: string }): ReactNode {
  const at = needle ? text.toLowerCase().indexOf(needle) : -1
  if (at === -1) return text
  const end = at + needle.length
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  )
}
