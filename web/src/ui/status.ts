import {
  IconAlertTriangle,
  IconArchive,
  IconArrowMerge,
  IconBan,
  IconBolt,
  IconCheck,
  IconCircle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleDot,
  IconCircleX,
  IconClock,
  IconCoin,
  IconEye,
  IconFileText,
  IconGauge,
  IconHourglass,
  IconInfoCircle,
  IconLock,
  IconMinus,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconProgress,
  IconQuestionMark,
  IconRotateClockwise,
  IconSend,
  IconSignature,
} from '@tabler/icons-react'

export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'danger'

export type StatusLook = { tone: Tone; icon: typeof IconCheck; label: string }

/**
 * Every status word of the API, in one place: the same word looks the same on every page.
 * Colour says how much it needs a person: grey rests, blue goes on, green is done, amber waits for
 * somebody, red is broken.
 */
export const STATUSES = {
  // A client's stages
  intake: { tone: 'info', icon: IconCircleDashed, label: 'Intake' },
  assessed: { tone: 'info', icon: IconGauge, label: 'Assessed' },
  proposal: { tone: 'info', icon: IconFileText, label: 'Proposal' },
  contract: { tone: 'info', icon: IconSignature, label: 'Contract' },
  paid: { tone: 'success', icon: IconCoin, label: 'Paid' },
  delivered: { tone: 'success', icon: IconCircleCheck, label: 'Delivered' },
  lost: { tone: 'neutral', icon: IconCircleX, label: 'Lost' },

  // Leads, human tasks
  open: { tone: 'info', icon: IconCircleDot, label: 'Open' },
  won: { tone: 'success', icon: IconCircleCheck, label: 'Won' },
  merged: { tone: 'neutral', icon: IconArrowMerge, label: 'Merged' },
  overdue: { tone: 'danger', icon: IconAlertTriangle, label: 'Overdue' },

  // Deliverables and decisions
  pending_review: { tone: 'warning', icon: IconEye, label: 'Pending review' },
  approved: { tone: 'success', icon: IconCircleCheck, label: 'Approved' },
  rejected: { tone: 'danger', icon: IconCircleX, label: 'Rejected' },
  approve: { tone: 'success', icon: IconCircleCheck, label: 'Approve' },
  reject: { tone: 'danger', icon: IconCircleX, label: 'Reject' },

  // Invoices
  draft: { tone: 'neutral', icon: IconPencil, label: 'Draft' },
  issued: { tone: 'info', icon: IconSend, label: 'Issued' },
  void: { tone: 'neutral', icon: IconBan, label: 'Void' },

  // Runs and calls
  pending: { tone: 'neutral', icon: IconClock, label: 'Pending' },
  scheduled: { tone: 'neutral', icon: IconClock, label: 'Scheduled' },
  running: { tone: 'info', icon: IconProgress, label: 'Running' },
  started: { tone: 'info', icon: IconProgress, label: 'Started' },
  waiting: { tone: 'info', icon: IconHourglass, label: 'Waiting' },
  suspended: { tone: 'warning', icon: IconPlayerPause, label: 'Paused' },
  completed: { tone: 'success', icon: IconCircleCheck, label: 'Completed' },
  succeeded: { tone: 'success', icon: IconCircleCheck, label: 'Succeeded' },
  faulted: { tone: 'danger', icon: IconCircleX, label: 'Faulted' },
  failed: { tone: 'danger', icon: IconCircleX, label: 'Failed' },
  cancelled: { tone: 'neutral', icon: IconBan, label: 'Cancelled' },
  skipped: { tone: 'neutral', icon: IconPlayerSkipForward, label: 'Skipped' },
  retrying: { tone: 'info', icon: IconRotateClockwise, label: 'Retrying' },
  unknown: { tone: 'warning', icon: IconQuestionMark, label: 'Outcome unknown' },
  none: { tone: 'neutral', icon: IconMinus, label: 'None' },

  // Received webhooks
  accepted: { tone: 'success', icon: IconCheck, label: 'Accepted' },
  ignored: { tone: 'neutral', icon: IconMinus, label: 'Ignored' },
  invalid: { tone: 'danger', icon: IconAlertTriangle, label: 'Invalid' },

  // Subscriptions, flows, forms, connections
  active: { tone: 'success', icon: IconBolt, label: 'Active' },
  paused: { tone: 'warning', icon: IconPlayerPause, label: 'Paused' },
  disabled: { tone: 'neutral', icon: IconBan, label: 'Disabled' },
  off: { tone: 'neutral', icon: IconCircle, label: 'Off' },
  closed: { tone: 'neutral', icon: IconLock, label: 'Closed' },
  working: { tone: 'success', icon: IconCircleCheck, label: 'Working' },
  failing: { tone: 'danger', icon: IconAlertTriangle, label: 'Failing' },
  unchecked: { tone: 'neutral', icon: IconCircleDashed, label: 'Unchecked' },
  half_open: { tone: 'warning', icon: IconPlayerPlay, label: 'Half open' },

  // Alerts
  info: { tone: 'info', icon: IconInfoCircle, label: 'Info' },
  warning: { tone: 'warning', icon: IconAlertTriangle, label: 'Warning' },
  critical: { tone: 'danger', icon: IconAlertTriangle, label: 'Critical' },
  resolved: { tone: 'success', icon: IconCheck, label: 'Resolved' },
  archived: { tone: 'neutral', icon: IconArchive, label: 'Archived' },
} as const satisfies Record<string, StatusLook>

export type StatusWord = keyof typeof STATUSES

/** How a status looks. A word that systems outside gave (`proposal_sent`) is shown as it is. */
export function statusLook(word: string): StatusLook {
  if (isStatusWord(word)) return STATUSES[word]
  const label = word.replace(/[_-]+/g, ' ')
  return {
    tone: 'neutral',
    icon: IconCircle,
    label: label.charAt(0).toUpperCase() + label.slice(1),
  }
}

function isStatusWord(word: string): word is StatusWord {
  return Object.hasOwn(STATUSES, word)
}
