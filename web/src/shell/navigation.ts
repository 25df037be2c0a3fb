import {
  IconAddressBook,
  IconBell,
  IconBrain,
  IconBriefcase,
  IconChecklist,
  IconColumns3,
  IconFileInvoice,
  IconFlask,
  IconListDetails,
  IconPlug,
  IconRoute,
  IconSettings,
  IconSunHigh,
  IconUserPlus,
  IconWebhook,
} from '@tabler/icons-react'

import { paths } from '~/lib/paths'

export type Destination = {
  label: string
  path: string
  icon: typeof IconRoute
  /** The second key of its shortcut: `g` and then this. */
  shortcut: string
  /** Other words to find it by in the command palette. */
  keywords?: readonly string[]
}

/** The left navigation from top to bottom: the work, the machinery, the world outside, settings. */
export const NAVIGATION: readonly { label: string; items: readonly Destination[] }[] = [
  {
    label: 'Work',
    items: [
      { label: 'Today', path: paths.today(), icon: IconSunHigh, shortcut: 't', keywords: ['home'] },
      { label: 'Pipeline', path: paths.pipeline(), icon: IconColumns3, shortcut: 'p' },
      { label: 'Clients', path: paths.clients(), icon: IconAddressBook, shortcut: 'c' },
      {
        label: 'Leads',
        path: paths.leads(),
        icon: IconUserPlus,
        shortcut: 'l',
        keywords: ['intake'],
      },
      { label: 'Projects', path: paths.projects(), icon: IconBriefcase, shortcut: 'j' },
      { label: 'Invoices', path: paths.invoices(), icon: IconFileInvoice, shortcut: 'i' },
    ],
  },
  {
    label: 'Automation',
    items: [
      { label: 'Flows', path: paths.flows(), icon: IconRoute, shortcut: 'f' },
      { label: 'Runs', path: paths.runs(), icon: IconListDetails, shortcut: 'r' },
      {
        label: 'Tasks',
        path: paths.tasks(),
        icon: IconChecklist,
        shortcut: 'k',
        keywords: ['approvals', 'human tasks'],
      },
      {
        label: 'Alerts',
        path: paths.alerts(),
        icon: IconBell,
        shortcut: 'e',
        keywords: ['errors', 'incidents'],
      },
    ],
  },
  {
    label: 'Outside',
    items: [
      { label: 'Webhooks', path: paths.webhooks(), icon: IconWebhook, shortcut: 'w' },
      { label: 'Connections', path: paths.connections(), icon: IconPlug, shortcut: 'n' },
      {
        label: 'AI',
        path: paths.ai(),
        icon: IconBrain,
        shortcut: 'a',
        keywords: ['cost', 'tokens'],
      },
      {
        label: 'Sandbox',
        path: paths.sandbox(),
        icon: IconFlask,
        shortcut: 'x',
        keywords: ['faults'],
      },
    ],
  },
  {
    label: 'Tenant',
    items: [{ label: 'Settings', path: paths.settings(), icon: IconSettings, shortcut: 's' }],
  },
]

export const DESTINATIONS = NAVIGATION.flatMap(({ items }) => items)

/** Whether the address is this destination or a page under it. */
export function isAt(pathname: string, path: string): boolean {
  return path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`)
}
