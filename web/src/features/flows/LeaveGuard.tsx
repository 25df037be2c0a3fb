import { useBlocker } from 'react-router'

import { ConfirmModal } from '~/ui/ConfirmModal'

type LeaveGuardProps = {
  isChanged: boolean
  /** What was changed. */
  what?: string
}

/** Asks before changes that are not saved are left behind. */
export function LeaveGuard({ isChanged, what = 'flow' }: LeaveGuardProps) {
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
      What you changed in this {what} is not saved, and will be lost.
    </ConfirmModal>
  )
}
