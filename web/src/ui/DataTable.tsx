import { Button } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { type ReactNode, useRef } from 'react'

import classes from './DataTable.module.css'
import type { RenderLink } from './link'

export type Column<Row> = {
  /** Its heading, which is also its label on phones. */
  header: string
  cell: (row: Row) => ReactNode
  /** A CSS width; columns without one share the rest. */
  width?: string
  align?: 'right'
  /** Left out on screens narrower than this. */
  from?: 'md' | 'lg'
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

/** A dense list. Keys: j and k move along the rows, Enter opens one. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, rowLink, empty, more, isStale } = props
  const body = useRef<HTMLTableSectionElement>(null)
  useHotkeys([
    ['j', () => moveFocus(body.current, 1)],
    ['k', () => moveFocus(body.current, -1)],
  ])

  if (rows.length === 0) return empty
  return (
    <div className={classes.frame} data-stale={isStale || undefined} aria-busy={isStale}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.header} scope="col" className={cellClass(column)} {...width(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => (
            <tr key={rowKey(row)} className={rowLink ? classes.linked : ''}>
              {columns.map((column, index) => (
                <td
                  key={column.header}
                  className={cellClass(column)}
                  data-place={place(column, index)}
                >
                  <span className={classes.phoneLabel}>{column.header}</span>
                  {rowLink && index === 0
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
      </table>
      {more && (
        <div className={classes.more}>
          <Button variant="subtle" color="gray" onClick={more.load} loading={more.isLoading}>
            Load more
          </Button>
        </div>
      )}
    </div>
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
  ]
  return names.filter(Boolean).join(' ')
}

function moveFocus(body: HTMLElement | null, by: 1 | -1) {
  const links = [...(body?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])]
  const current = links.findIndex((link) => link.matches(':focus'))
  const next = current === -1 ? 0 : Math.min(Math.max(current + by, 0), links.length - 1)
  const link = links[next]
  link?.focus()
  link?.closest('tr')?.scrollIntoView({ block: 'nearest' })
}
