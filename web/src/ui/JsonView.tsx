import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'

import { CopyButton } from './CopyButton'
import { JsonNode } from './JsonNode'
import classes from './JsonView.module.css'
import { countMatches } from './json'

type JsonViewProps = {
  /** Any JSON. What people outside wrote is shown as text only. */
  value: unknown
  /** What it is: `Input`, `Payload`. */
  label?: string
  /** How many levels are open at first. */
  depth?: number
}

const SEARCH_FROM_LENGTH = 400

/** JSON as a tree that folds, with a search and a copy of all of it. */
export function JsonView({ value, label, depth = 2 }: JsonViewProps) {
  const [search, setSearch] = useState('')
  const text = JSON.stringify(value, undefined, 2) ?? 'null'
  const needle = search.trim().toLowerCase()
  return (
    <figure className={classes.view}>
      <figcaption className={classes.bar}>
        <span>{label}</span>
        <span className={classes.tools}>
          {needle && <span role="status">{countMatches(value, needle)} found</span>}
          {text.length > SEARCH_FROM_LENGTH && (
            <TextInput
              variant="unstyled"
              className={classes.search ?? ''}
              aria-label={`Search ${label ?? 'JSON'}`}
              placeholder="Search"
              leftSection={<IconSearch size={13} aria-hidden />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <CopyButton value={text} label="Copy JSON" />
        </span>
      </figcaption>
      <div className={classes.tree}>
        <JsonNode value={value} level={0} depth={depth} needle={needle} />
      </div>
    </figure>
  )
}
