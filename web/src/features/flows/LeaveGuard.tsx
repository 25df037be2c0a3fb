import { useBlocker } from 'react-router'

import { ConfirmModal } from '~/ui/ConfirmModal'

/** Asks before changes that are not saved are left behind. */
export function LeaveGuard({ isChanged }: { isChanged: boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isChanged && currentLocation.pathname !== nextLocation.pathname,
  )
  return (
    <ConfirmModal
      isOpen={blocker.state === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Leave without saving?"
      confirm="Leave"
      onConfirm={() => blocker.proceed?.()}
      isPending={false}
      isDangerous
    >
      What you changed in this flow is not saved, and will be lost.
    </ConfirmModal>
  )
}
