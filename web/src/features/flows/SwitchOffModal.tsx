import { api, idempotent, type Schemas } from '~/api/api'
import { plural } from '~/lib/format'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { notifySwitched } from './switched'

type SwitchOffModalProps = {
  isOpen: boolean
  onClose: () => void
  flow: string
  openRuns: number
  versions: readonly Schemas['FlowVersion'][]
}

export function SwitchOffModal(props: SwitchOffModalProps) {
  const { isOpen, onClose, flow, openRuns, versions } = props
  const switchOff = api.useMutation('post', '/v1/flows/{flow}/switch-off', {
    onSuccess: async () => {
      await notifySwitched(flow, versions, `${flow} is switched off`)
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
