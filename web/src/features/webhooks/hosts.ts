import type { Schemas } from '~/api/api'
import { shortId } from '~/ui/CopyButton'

/** The receiver of a subscription, as short as it is still recognised. */
export function hostsOf(subscriptions: readonly Schemas['WebhookSubscriptionView'][]) {
  const hosts = new Map(subscriptions.map(({ subscription_id, url }) => [subscription_id, url]))
  return (subscriptionId: string) => {
    const url = hosts.get(subscriptionId)
    return url ? withoutScheme(url) : shortId(subscriptionId)
  }
}

export function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '')
}
