import { queryClient } from '~/api/queryClient'
import { notifyDone } from '~/ui/notify'
import type { Run } from '../contract'

export type RunModalProps = { run: Run; onClose: () => void }

/** After a run was told something: it is read again, and the dialog closes. */
export function whenDone(message: string, onClose: () => void) {
  return {
    onSuccess: async () => {
      await invalidateRuns()
      notifyDone(message)
      onClose()
    },
  }
}

// The server answers when it has taken note; the run follows within moments.
const LOOK_AGAIN_MS = [700, 3_000]

export async function invalidateRuns() {
  for (const delay of LOOK_AGAIN_MS) setTimeout(() => void readRunsAgain(), delay)
  await readRunsAgain()
}

async function readRunsAgain() {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) =>
      typeof path === 'string' && (path.startsWith('/v1/runs') || path === '/v1/human-tasks'),
  })
}
