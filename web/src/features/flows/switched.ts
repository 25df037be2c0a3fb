import { answerOf, client, idempotent, type Schemas } from '~/api/api'
import { notifyDone, notifyWithUndo } from '~/ui/notify'
import { invalidateFlows } from './queries'

/**
 * Says that another version of a flow is used than before, or none, and takes it back if asked to.
 * Of a flow that is new, nothing was used before: it has no `versions`.
 */
export async function notifySwitched(
  flow: string,
  versions: readonly Schemas['FlowVersion'][],
  message: string,
) {
  await invalidateFlows()
  const before = versions.find(({ in_use }) => in_use)
  if (versions.length === 0) notifyDone(message)
  else notifyWithUndo(message, () => switchBack(flow, before?.digest))
}

async function switchBack(flow: string, version: string | undefined) {
  const params = { path: { flow }, header: idempotent() }
  if (version)
    await answerOf(client.POST('/v1/flows/{flow}/activate', { params, body: { version } }))
  else await answerOf(client.POST('/v1/flows/{flow}/switch-off', { params }))
  await invalidateFlows()
}
