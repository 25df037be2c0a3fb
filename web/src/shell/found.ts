import {
  IconAddressBook,
  IconBell,
  IconBolt,
  IconBriefcase,
  IconChecklist,
  IconFileInvoice,
  IconFileText,
  IconListDetails,
  IconSend,
  IconUserPlus,
  IconWebhook,
} from '@tabler/icons-react'

import type { Schemas } from '~/api/api'
import { paths } from '~/lib/paths'
import { pageOf } from '~/lib/subjects'

type Found = Schemas['Found']
type Kind = Schemas['FoundKind']

export const FOUND_KINDS: Record<Kind, { label: string; icon: typeof IconBolt }> = {
  client: { label: 'Clients', icon: IconAddressBook },
  lead: { label: 'Leads', icon: IconUserPlus },
  project: { label: 'Projects', icon: IconBriefcase },
  invoice: { label: 'Invoices', icon: IconFileInvoice },
  deliverable: { label: 'Deliverables', icon: IconFileText },
  human_task: { label: 'Tasks', icon: IconChecklist },
  alert: { label: 'Alerts', icon: IconBell },
  run: { label: 'Runs', icon: IconListDetails },
  event: { label: 'Events', icon: IconBolt },
  webhook: { label: 'Received webhooks', icon: IconWebhook },
  webhook_message: { label: 'Sent webhooks', icon: IconSend },
}

/** What was found and has a page, by kind and in the answer's order. */
export function found(items: readonly Found[]): { kind: Kind; items: Found[] }[] {
  const withPage = items.filter((item) => addressOf(item) !== '')
  return [...Map.groupBy(withPage, ({ kind }) => kind)].map(([kind, ofKind]) => ({
    kind,
    items: ofKind,
  }))
}

/** The page of what was found; empty for events, which are read where they happened. */
export function addressOf({ kind, id }: Found): string {
  return kind === 'alert' ? paths.alert(id) : (pageOf(id) ?? '')
}

/** `Acme Ltd, contract_signed` → `Acme Ltd, contract signed`: words of the API as words. */
export function wordsOf(subtitle: string): string {
  return subtitle
    .split(', ')
    .map((part) => (/^[a-z]+(_[a-z]+)+$/.test(part) ? part.replaceAll('_', ' ') : part))
    .join(', ')
}
