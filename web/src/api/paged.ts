import {
  type InfiniteData,
  infiniteQueryOptions,
  useSuspenseInfiniteQuery,
} from '@tanstack/react-query'

import { asProblem } from './problem'

type Page<Item> = { items: Item[]; next_cursor?: string }
type Answer<Item> = { data?: Page<Item>; error?: unknown }

export const PAGE_SIZE = 50
/** Whoever reads on wants more of it at once. */
const LATER_PAGE_SIZE = 100

/** More pages than these are read again only when the list is asked for anew: all would be at once. */
const MOST_READ_AGAIN = 4

type WithState = { state: { data?: unknown } }

/** Whether so much of a list was read that it is not kept up to date any more. */
export function isLongList({ state: { data } }: WithState): boolean {
  const pages =
    typeof data === 'object' && data !== null && 'pages' in data ? data.pages : undefined
  return Array.isArray(pages) && pages.length > MOST_READ_AGAIN
}

const isShortList = (query: WithState) => !isLongList(query)

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
      const page = pageParam ? { limit: LATER_PAGE_SIZE, cursor: pageParam } : { limit: PAGE_SIZE }
      const { data, error } = await read(page, signal)
      if (!data) throw error ?? asProblem(undefined)
      return data
    },
    getNextPageParam: (last) => last.next_cursor,
    refetchOnMount: isShortList,
    refetchOnWindowFocus: isShortList,
    refetchOnReconnect: isShortList,
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
