import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { queryClient } from '~/api/queryClient'
import { notifyDone, notifyProblem } from '~/ui/notify'
import type { Act } from './actions'

type Acting = { itemKey: string; act: Act; answer: string }

/**
 * Takes actions. What was acted upon is done at once, and comes back only if the server refuses: its
 * answer to the next reading may still hold what it has yet to carry out.
 */
export function useActing() {
  const [done, setDone] = useState<ReadonlySet<string>>(new Set())
  const { mutate } = useMutation({
    mutationFn: ({ act, answer }: Acting) => act.send(answer),
    onMutate: ({ itemKey }) => setDone((before) => new Set(before).add(itemKey)),
    onSuccess: (_, { act }) => notifyDone(act.done),
    onError: (error, { itemKey }) => {
      setDone((before) => new Set([...before].filter((key) => key !== itemKey)))
      notifyProblem(error)
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['get', '/v1/today'] }),
  })
  return {
    done,
    take: (itemKey: string, act: Act, answer = '') => mutate({ itemKey, act, answer }),
  }
}
