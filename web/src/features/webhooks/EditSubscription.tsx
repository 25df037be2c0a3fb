import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { given } from '~/lib/given'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { notifyDone } from '~/ui/notify'
import { webhooksChanged } from './queries'
import { SubscriptionForm, type SubscriptionValues } from './SubscriptionForm'

type EditSubscriptionProps = {
  subscription: Schemas['WebhookSubscriptionView']
  isOpen: boolean
  onClose: () => void
}

export function EditSubscription({ subscription, isOpen, onClose }: EditSubscriptionProps) {
  return (
    <DetailDrawer isOpen={isOpen} onClose={onClose} title="Edit subscription">
      <Editing subscription={subscription} onClose={onClose} />
    </DetailDrawer>
  )
}

function Editing({ subscription, onClose }: Omit<EditSubscriptionProps, 'isOpen'>) {
  const [header] = useState(idempotent)
  const change = api.useMutation('patch', '/v1/webhook-subscriptions/{subscription_id}', {
    onSuccess: async () => {
      await webhooksChanged()
      notifyDone('Subscription changed')
      onClose()
    },
  })
  const { subscription_id } = subscription
  const submit = ({ url, description, event_types, bearer, removesBearer }: SubscriptionValues) =>
    change.mutate({
      params: { path: { subscription_id }, header },
      body: {
        url: url.trim(),
        event_types,
        remove_bearer: removesBearer,
        ...given({
          description: description.trim() || undefined,
          bearer: (!removesBearer && bearer) || undefined,
        }),
      },
    })
  return (
    <SubscriptionForm
      subscription={subscription}
      submit="Save"
      isPending={change.isPending}
      error={change.error}
      onSubmit={submit}
      onCancel={onClose}
    />
  )
}
