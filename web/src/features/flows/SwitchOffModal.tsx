import { api, idempotent } from '~/api/api'
import { plural } from '~/lib/format'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { notifyDone } from '~/ui/notify'
import { invalidateFlows } from './queries'

type SwitchOffModalProps = {
  isOpen: boolean
  onClose: () => void
  flow: string
  openRuns: number
}

export function SwitchOffModal({ isOpen, onClose, flow, openRuns }: SwitchOffModalProps) {
  const switchOff = api.useMutation('post', '/v1/flows/{flow}/switch-off', {
    onSuccess: async () => {
      await invalidateFlows()
      notifyDone(`${flow} is switched off`)
      onClose()
    },
  })
  return (
    <ConfirmModal
      isOpen={isOpen}
      onClose={onClose}
      title={`Switch ${flow} off?`}
      confirm="Switch off"
      onConfirm={() => switchOff.mutate({ params: { path: { flow }, header: idempotent() } })}
      isPending={switchOff.isPending}
      error={switchOff.error}
      isDangerous
    >
      Nothing starts it any more: no event, no clock, nobody by hand.{' '}
      {openRuns > 0 && `${plural(openRuns, 'run')} that have begun go on. `}
      To switch it on again, activate a version.
    </ConfirmModal>
  )
}
