import { api } from '~/api/api'
import { paths } from '~/lib/paths'
import { notifyProblem } from '~/ui/notify'
import { enter } from './otherTabs'

/** Ends this browser's session. With an address, signing in leads there. */
export function useSignOut(returnTo?: string) {
  return api.useMutation('delete', '/v1/session', {
    onSuccess: () => enter(paths.signIn(returnTo)),
    onError: notifyProblem,
  })
}
