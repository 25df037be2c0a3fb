import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import type { PageTab } from '~/ui/Page'

export function webhookTabs(current: 'Received' | 'Sent' | 'Subscriptions'): PageTab[] {
  const tabs = [
    { label: 'Received', path: paths.webhooks() },
    { label: 'Sent', path: paths.webhookMessages() },
    { label: 'Subscriptions', path: paths.webhookSubscriptions() },
  ]
  return tabs.map(({ label, path }) => ({
    label,
    link: linkTo(path),
    isCurrent: label === current,
  }))
}
