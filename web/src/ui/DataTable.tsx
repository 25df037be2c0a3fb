import { Button } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { type ReactNode, useCallback, useEffectEvent, useRef } from 'react'

import classes from './DataTable.module.css'
import type { RenderLink } from './link'
import { onNear, useNear } from './near'

export type Column<Row> = {
  /** Its heading, which is also its label on phones. */
  header: string
  cell: (row: Row) => ReactNode
  /** A CSS width; columns without one share the rest. */
  width?: string
  align?: 'right'
  /** Left out on screens narrower than this. */
  from?: 'md' | 'lg' | 'xl'
  /**
   * Where it goes in the card that a row becomes on phones. The first column is the title; columns
   * with `from` are hidden unless this says otherwise.
   */
  onPhone?: 'aside' | 'line' | 'hidden'
}

export type More = { load: () => void; isLoading: boolean }

type DataTableProps<Row> = {
  /** What the table lists, for those who hear it: `Clients`. */
  label: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  rowKey: (row: Row) => string
  /** Makes the whole row a link, wrapped around its first cell. */
  rowLink?: (row: Row) => RenderLink
  /** Shown in place of the table when there are no rows. */
  empty: ReactNode
  more?: More | undefined
  /** Rows of an earlier filter are shown until the new ones are there. */
  isStale?: boolean
}

/** Rows that are shown and left out together, so that a list of thousands stays quick. */
const CHUNK = 25
const HEADING = 1
const SHOWN_AT_FIRST = 2 * CHUNK

/** A dense list. Keys: j and k move along the rows, Enter opens one. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, rowLink, empty, more, isStale } = props
  const table = useRef<HTMLTableElement>(null)
  const chunks = chunksOf(rows)
  useHotkeys([
    ['j', () => moveFocus(table.current, 1)],
    ['k', () => moveFocus(table.current, -1)],
  ])

  if (rows.length === 0) return empty
  return (
    <div className={classes.frame} data-stale={isStale || undefined} aria-busy={isStale}>
      <table
        ref={table}
        className={classes.table}
        aria-label={label}
        aria-rowcount={rows.length + HEADING}
      >
        <thead>
          <tr aria-rowindex={HEADING}>
            {columns.map((column) => (
              <th key={column.header} scope="col" className={cellClass(column)} {...width(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        {chunks.map((chunk, index) => (
          <Chunk
            // biome-ignore lint/suspicious/noArrayIndexKey: a chunk is a place in the list, whatever rows are there
            key={index}
            rows={chunk}
            start={index * CHUNK}
            columns={columns}
            rowKey={rowKey}
            rowLink={rowLink}
          />
        ))}
      </table>
      {more && <MoreRows more={more} count={rows.length} />}
    </div>
  )
}

type ChunkProps<Row> = Pick<DataTableProps<Row>, 'columns' | 'rowKey'> & {
  rowLink: DataTableProps<Row>['rowLink']
  rows: readonly Row[]
  /** How many rows stand before them. */
  start: number
}

/** Some of the rows; far from what is seen, only their height. */
function Chunk<Row>({ rows, start, columns, rowKey, rowLink }: ChunkProps<Row>) {
  const { ref, isNear, height } = useNear(start < SHOWN_AT_FIRST)
  if (!isNear) {
    return (
      <tbody ref={ref} aria-hidden>
        <tr>
          <td
            colSpan={columns.length}
            className={classes.far}
            style={{ height: height ?? `calc(${rows.length} * var(--h-row))` }}
          />
        </tr>
      </tbody>
    )
  }
  return (
    <tbody ref={ref}>
      {rows.map((row, index) => (
        <tr
          key={rowKey(row)}
          aria-rowindex={start + index + HEADING + 1}
          className={rowLink ? classes.linked : ''}
        >
          {columns.map((column, at) => (
            <td key={column.header} className={cellClass(column)} data-place={place(column, at)}>
              <span className={classes.phoneLabel}>{column.header}</span>
              {rowLink && at === 0
                ? rowLink(row)({
                    className: classes.link ?? '',
                    'data-row-link': true,
                    children: column.cell(row),
                  })
                : column.cell(row)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  )
}

/** Reads on by itself when its end comes near. The button is for whoever gets there first. */
function MoreRows({ more, count }: { more: More; count: number }) {
  return (
    <div className={classes.more}>
      <End key={count} onNear={() => !more.isLoading && more.load()} />
      <Button variant="subtle" color="gray" onClick={more.load} loading={more.isLoading}>
        Load more
      </Button>
    </div>
  )
}

// Another one for each number of rows: what could not be read is not asked for again and again.
function End({ onNear: load }: { onNear: () => void }) {
  const act = useEffectEvent(load)
  const watch = useCallback(
    (element: HTMLElement | null) =>
      element ? onNear(element, (isNear) => isNear && act()) : undefined,
    [],
  )
  return <span ref={watch} />
}

function chunksOf<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) =>
    rows.slice(index * CHUNK, (index + 1) * CHUNK),
  )
}

function place<Row>(column: Column<Row>, index: number): string {
  if (index === 0) return 'title'
  return column.onPhone ?? (column.from ? 'hidden' : 'line')
}

function width<Row>(column: Column<Row>) {
  return column.width ? { style: { width: column.width } } : {}
}

function cellClass<Row>(column: Column<Row>): string {
  const names = [
    column.align === 'right' && classes.right,
    column.from === 'md' && classes.fromMd,
    column.from === 'lg' && classes.fromLg,
    column.from === 'xl' && classes.fromXl,
  ]
  return names.filter(Boolean).join(' ')
}

function moveFocus(table: HTMLElement | null, by: 1 | -1) {
  const links = [...(table?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])]
  const current = links.findIndex((link) => link.matches(':focus'))
  const next = current === -1 ? 0 : Math.min(Math.max(current + by, 0), links.length - 1)
  const link = links[next]
  link?.focus()
  link?.closest('tr')?.scrollIntoView({ block: 'nearest' })
}
