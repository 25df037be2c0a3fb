import { useState } from 'react'

import { api, type Schemas } from '~/api/api'
import { given } from '~/lib/given'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { ShownOnce } from '~/ui/ShownOnce'
import { webhooksChanged } from './queries'
import { SubscriptionForm, type SubscriptionValues } from './SubscriptionForm'

type NewSubscriptionProps = {
  isOpen: boolean
  onClose: () => void
  onDone: (subscriptionId: string) => void
}

export function NewSubscription({ isOpen, onClose, onDone }: NewSubscriptionProps) {
  const [created, setCreated] = useState<Schemas['CreatedWebhookSubscription']>()
  const create = api.useMutation('post', '/v1/webhook-subscriptions', {
    onSuccess: (subscription) => {
      setCreated(subscription)
      onClose()
      void webhooksChanged()
    },
  })
  const submit = ({ url, description, event_types, format, bearer }: SubscriptionValues) =>
    create.mutate({
      body: {
        url: url.trim(),
        event_types,
        format,
        ...given({
          description: description.trim() || undefined,
          bearer: bearer || undefined,
        }),
      },
    })
  return (
    <>
      <DetailDrawer isOpen={isOpen} onClose={onClose} title="Subscribe to events">
        <SubscriptionForm
          submit="Subscribe"
          isPending={create.isPending}
          error={create.error}
          onSubmit={submit}
          onCancel={onClose}
        />
      </DetailDrawer>
      <ShownOnce
        title="Subscribed"
        label="Signing secret"
        secret={created?.secret}
        onClose={() => {
          setCreated(undefined)
          if (created) onDone(created.subscription_id)
        }}
      >
        <div>
          The receiver verifies the header <code className="h-mono">webhook-signature</code> with
          it, over the bytes as they came. The libraries{' '}
          <code className="h-mono">standardwebhooks</code> and <code className="h-mono">svix</code>{' '}
          do that.
        </div>
      </ShownOnce>
    </>
  )
}
