import { Stack } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { ErrorState } from '~/ui/ErrorState'
import { BoxSkeleton } from '~/ui/Skeletons'

type FetchedProps<Data> = {
  query: UseQueryResult<Data, unknown>
  children: (data: Data) => ReactNode
}

/** In a drawer, what fails to load must not take the page with it. */
export function Fetched<Data>({ query, children }: FetchedProps<Data>) {
  if (query.isPending) return <BoxSkeleton lines={8} />
  if (query.isError) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  }
  return <Stack gap="md">{children(query.data)}</Stack>
}
