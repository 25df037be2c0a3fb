import {
  IconArrowsExchange,
  IconBan,
  IconMail,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconRefresh,
  IconRotateClockwise,
} from '@tabler/icons-react'

import type { RunAction } from '../reasons'

type Look = { label: string; icon: typeof IconBan; isDangerous?: boolean }

export const LOOKS: Record<RunAction, Look> = {
  pause: { label: 'Pause', icon: IconPlayerPause },
  resume: { label: 'Resume', icon: IconPlayerPlay },
  retry: { label: 'Retry', icon: IconRotateClockwise },
  skip: { label: 'Skip step', icon: IconPlayerSkipForward },
  restart: { label: 'Start again', icon: IconRefresh },
  move: { label: 'Move to another version', icon: IconArrowsExchange },
  send_event: { label: 'Send an event', icon: IconMail },
  cancel: { label: 'Cancel', icon: IconBan, isDangerous: true },
}
