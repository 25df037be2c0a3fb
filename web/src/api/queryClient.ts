import { QueryClient } from '@tanstack/react-query'

import { asProblem } from './problem'

const FRESH_MS = 30_000
const MOST_RETRIES = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < MOST_RETRIES && asProblem(error).isPassing,
    },
  },
})
