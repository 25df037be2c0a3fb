import {
  type InfiniteData,
  infiniteQueryOptions,
  useSuspenseInfiniteQuery,
} from '@tanstack/react-query'

import { asProblem } from './problem'

type Page<Item> = { items: Item[]; next_cursor?: string }
type Answer<Item> = { data?: Page<Item>; error?: unknown }

export const PAGE_SIZE = 50

/**
 * A list that is read page by page:
 *
 *     paged('/v1/clients', filter, (page) =>
 *       client.GET('/v1/clients', { params: { query: { ...filter, ...page } } }))
 *
 * The key starts as `api.queryOptions` has it, so that what goes stale is found by its path.
 */
export function paged<Item>(
  path: string,
  filter: object,
  read: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<Answer<Item>>,
) {
  return infiniteQueryOptions<
    Page<Item>,
    Error,
    InfiniteData<Page<Item>, string | undefined>,
    readonly unknown[],
    string | undefined
  >({
    queryKey: ['get', path, filter, 'pages'],
    initialPageParam: undefined,
    queryFn: async ({ pageParam, signal }) => {
      const page = { limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) }
      const { data, error } = await read(page, signal)
      if (!data) throw error ?? asProblem(undefined)
      return data
    },
    getNextPageParam: (last) => last.next_cursor,
  })
}

/** The pages read so far as one list, and how to read on. */
export function usePaged<Item>(options: ReturnType<typeof paged<Item>>) {
  const query = useSuspenseInfiniteQuery(options)
  return {
    rows: query.data.pages.flatMap((page) => page.items),
    more: query.hasNextPage
      ? { load: () => void query.fetchNextPage(), isLoading: query.isFetchingNextPage }
      : undefined,
  }
}
