import { Skeleton } from '@mantine/core'

import { Page } from './Page'
import classes from './Skeletons.module.css'

type TableSkeletonProps = { rows?: number }

/** Stands where a table will be. */
export function TableSkeleton({ rows = 10 }: TableSkeletonProps) {
  return (
    <div role="status" aria-label="Loading">
      {numbers(rows).map((row) => (
        <div key={row} className={classes.row}>
          <Skeleton height={10} width={`${30 + ((row * 37) % 25)}%`} />
          <Skeleton height={10} width="16%" />
          <Skeleton height={10} width="10%" />
        </div>
      ))}
    </div>
  )
}

type BoxSkeletonProps = { lines?: number }

/** Stands where a section will be. */
export function BoxSkeleton({ lines = 4 }: BoxSkeletonProps) {
  return (
    <div className={classes.box} role="status" aria-label="Loading">
      {numbers(lines).map((line) => (
        <Skeleton key={line} height={10} width={`${55 + ((line * 29) % 40)}%`} />
      ))}
    </div>
  )
}

type PageSkeletonProps = { title?: string }

/** Stands where a page will be. */
export function PageSkeleton({ title = 'Loading…' }: PageSkeletonProps) {
  return (
    <Page title={title}>
      <TableSkeleton />
    </Page>
  )
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
