import { useMutation } from '@tanstack/react-query'

import { client, idempotent, type Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { clientDetail } from '~/features/clients/queries'
import { notifyDone, notifyProblem } from '~/ui/notify'
import { STATUSES } from '~/ui/status'
import { moveCard } from './board'
import type { Pipeline } from './types'

const PIPELINES = ['get', '/v1/pipeline']

type Move = { clientId: string; companyName: string; to: Schemas['Stage'] }

/** Moves a client to another stage: on the board at once, and back again if the server refuses. */
export function useMoveClient() {
  return useMutation({
    mutationFn: async ({ clientId, to }: Move) => {
      const { data, error } = await client.PUT('/v1/clients/{client_id}/stage', {
        params: { path: { client_id: clientId }, header: idempotent() },
        body: { stage: to },
      })
      if (error) throw error
      return data
    },
    onMutate: async ({ clientId, to }) => {
      await queryClient.cancelQueries({ queryKey: PIPELINES })
      const before = queryClient.getQueriesData<Pipeline>({ queryKey: PIPELINES })
      const now = new Date().toISOString()
      queryClient.setQueriesData<Pipeline>(
        { queryKey: PIPELINES },
        (pipeline) => pipeline && moveCard(pipeline, clientId, to, now),
      )
      return { before }
    },
    onSuccess: (_, { companyName, to }) =>
      notifyDone(`${companyName} moved to ${STATUSES[to].label}`),
    onError: (error, _, context) => {
      for (const [key, pipeline] of context?.before ?? []) queryClient.setQueryData(key, pipeline)
      notifyProblem(error)
    },
    onSettled: (_data, _error, { clientId }) =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: PIPELINES }),
        queryClient.invalidateQueries({ queryKey: clientDetail(clientId).queryKey }),
        queryClient.invalidateQueries({ queryKey: ['get', '/v1/clients'] }),
        queryClient.invalidateQueries({ queryKey: ['get', '/v1/leads'] }),
      ]),
  })
}
