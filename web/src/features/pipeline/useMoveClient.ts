import { useMutation } from '@tanstack/react-query'

import { answerOf, client, idempotent } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { clientDetail } from '~/features/clients/queries'
import { notifyDone, notifyProblem, notifyWithUndo } from '~/ui/notify'
import { STATUSES } from '~/ui/status'
import { canGoBack, moveCard } from './board'
import type { Pipeline, Stage } from './types'

const PIPELINES = ['get', '/v1/pipeline']

type Move = { clientId: string; companyName: string; from: Stage; to: Stage }

/** Moves a client to another stage: on the board at once, and back again if the server refuses. */
export function useMoveClient() {
  return useMutation({
    mutationFn: moveClient,
    onSuccess: (_, move) => {
      const message = `${move.companyName} moved to ${STATUSES[move.to].label}`
      if (!isReversible(move)) notifyDone(message)
      else notifyWithUndo(message, () => moveClient({ ...move, from: move.to, to: move.from }))
    },
    onError: notifyProblem,
  })
}

async function moveClient({ clientId, to }: Move) {
  await queryClient.cancelQueries({ queryKey: PIPELINES })
  const before = pipelines()
  const now = new Date().toISOString()
  queryClient.setQueriesData<Pipeline>(
    { queryKey: PIPELINES },
    (pipeline) => pipeline && moveCard(pipeline, clientId, to, now),
  )
  try {
    await answerOf(
      client.PUT('/v1/clients/{client_id}/stage', {
        params: { path: { client_id: clientId }, header: idempotent() },
        body: { stage: to },
      }),
    )
  } catch (error) {
    for (const [key, pipeline] of before) queryClient.setQueryData(key, pipeline)
    throw error
  } finally {
    await readAgain(clientId)
  }
}

function readAgain(clientId: string) {
  return Promise.all([
    queryClient.invalidateQueries({ queryKey: PIPELINES }),
    queryClient.invalidateQueries({ queryKey: clientDetail(clientId).queryKey }),
    queryClient.invalidateQueries({ queryKey: ['get', '/v1/clients'] }),
    queryClient.invalidateQueries({ queryKey: ['get', '/v1/leads'] }),
  ])
}

// The card that was read after the move says where the client can go now.
function isReversible({ clientId, from, to }: Move): boolean {
  return pipelines().some(([, pipeline]) => pipeline && canGoBack(pipeline, clientId, from, to))
}

function pipelines() {
  return queryClient.getQueriesData<Pipeline>({ queryKey: PIPELINES })
}
