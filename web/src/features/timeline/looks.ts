import {
  IconBolt,
  IconChecklist,
  IconFileInvoice,
  IconPlayerPlay,
  IconPlayerStop,
  IconSend,
  IconSettingsAutomation,
  IconWebhook,
} from '@tabler/icons-react'

import { statusLook, type Tone } from '~/ui/status'
import type { Choice } from './queries'
import type { EntryKind, TimelineEntry } from './types'

export const CHOICE_LABELS: Record<Choice, string> = {
  events: 'Events',
  invoices: 'Invoices',
  webhooks: 'Webhooks',
  runs: 'Runs',
  steps: 'Steps',
  tasks: 'Tasks',
}

type Look = { icon: typeof IconBolt; label: string }

const LOOKS: Record<EntryKind, Look> = {
  event: { icon: IconBolt, label: 'Event' },
  invoice: { icon: IconFileInvoice, label: 'Invoice' },
  webhook_received: { icon: IconWebhook, label: 'Webhook received' },
  webhook_sent: { icon: IconSend, label: 'Webhook sent' },
  run_started: { icon: IconPlayerPlay, label: 'Run started' },
  run_ended: { icon: IconPlayerStop, label: 'Run ended' },
  call: { icon: IconSettingsAutomation, label: 'Step' },
  human_task_asked: { icon: IconChecklist, label: 'Task' },
  human_task_ended: { icon: IconChecklist, label: 'Task answered' },
}

export function lookOf(entry: TimelineEntry): Look & { tone: Tone } {
  return { ...LOOKS[entry.kind], tone: toneOf(entry) }
}

function toneOf({ kind, status = '' }: TimelineEntry): Tone {
  switch (kind) {
    case 'event':
      return 'neutral'
    case 'invoice':
      return status === 'invoice.paid' ? 'success' : 'neutral'
    case 'run_started':
      return 'neutral'
    case 'human_task_asked':
      return status === 'open' ? 'warning' : 'neutral'
    case 'call':
    case 'webhook_sent':
    case 'webhook_received':
      return quiet(statusLook(status).tone)
    default:
      return statusLook(status).tone
  }
}

// What went as it should is not worth a colour on every line.
function quiet(tone: Tone): Tone {
  return tone === 'success' || tone === 'info' ? 'neutral' : tone
}
