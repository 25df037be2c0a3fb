import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconDots,
  IconKey,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react'
import { useNavigate } from 'react-router'

import { answerOf, api, client, idempotent, type Schemas } from '~/api/api'
import { useMay } from '~/features/session/may'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { notifyDone, notifyProblem, notifyWithUndo } from '~/ui/notify'
import { EditSubscription } from './EditSubscription'
import { withoutScheme } from './hosts'
import { webhooksChanged } from './queries'
import { RotateSecret } from './RotateSecret'

type Subscription = Schemas['WebhookSubscriptionView']

export function SubscriptionActions({ subscription }: { subscription: Subscription }) {
  const { subscription_id, status, connector } = subscription
  const may = useMay('write:webhooks')
  const navigate = useNavigate()
  const [isEditing, editing] = useDisclosure(false)
  const [isRotating, rotating] = useDisclosure(false)
  const [isDeleting, deleting] = useDisclosure(false)
  const path = { subscription_id }
  const owned = connector && `It follows the connection ${connector}. Change that one instead.`
  const reason = may.reason ?? owned
  const isOn = status === 'active'

  const change = api.useMutation('patch', '/v1/webhook-subscriptions/{subscription_id}', {
    onSuccess: async () => {
      await webhooksChanged()
      const message = isOn ? 'Paused: messages are written and wait' : 'Active: what waited is sent'
      // Going on from being disabled is another thing than going on from a pause.
      if (status === 'disabled') notifyDone(message)
      else notifyWithUndo(message, () => become(subscription_id, status))
    },
    onError: notifyProblem,
  })
  const test = api.useMutation('post', '/v1/webhook-subscriptions/{subscription_id}/test', {
    onSuccess: async ({ message_id }) => {
      await webhooksChanged()
      notifyDone('Test event on the way')
      void navigate(paths.webhookMessage(message_id))
    },
    onError: notifyProblem,
  })
  const remove = api.useMutation('delete', '/v1/webhook-subscriptions/{subscription_id}', {
    onSuccess: async () => {
      await navigate(paths.webhookSubscriptions())
      notifyDone('Subscription deleted')
      void webhooksChanged()
    },
  })

  return (
    <>
      <Menu disabled={Boolean(reason)}>
        <Menu.Target>
          <ActionIcon
            variant="default"
            size={32}
            aria-label="More actions"
            disabled={Boolean(reason)}
            title={reason}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={15} />} onClick={editing.open}>
            Edit…
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={15} />} onClick={rotating.open}>
            Rotate secret…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={deleting.open}>
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ActionButton
        variant="default"
        reason={reason}
        loading={change.isPending}
        leftSection={isOn ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />}
        onClick={() =>
          change.mutate({
            params: { path, header: idempotent() },
            body: { status: isOn ? 'paused' : 'active', remove_bearer: false },
          })
        }
      >
        {isOn ? 'Pause' : 'Resume'}
      </ActionButton>
      <ActionButton
        reason={
          may.reason ?? (status === 'disabled' ? 'It is disabled: nothing is sent.' : undefined)
        }
        loading={test.isPending}
        onClick={() => test.mutate({ params: { path, header: idempotent() } })}
      >
        Send test event
      </ActionButton>
      <EditSubscription subscription={subscription} isOpen={isEditing} onClose={editing.close} />
      <RotateSecret subscriptionId={subscription_id} isOpen={isRotating} onClose={rotating.close} />
      <ConfirmModal
        isOpen={isDeleting}
        onClose={deleting.close}
        title="Delete this subscription"
        confirm="Delete subscription"
        isDangerous
        typed={hostOf(subscription.url)}
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params: { path, header: idempotent() } })}
      >
        Nothing is sent to {withoutScheme(subscription.url)} any more. Its messages and their log
        go, too, and cannot be brought back. Pause it instead to keep them.
      </ConfirmModal>
    </>
  )
}

async function become(subscription_id: string, status: Subscription['status']) {
  await answerOf(
    client.PATCH('/v1/webhook-subscriptions/{subscription_id}', {
      params: { path: { subscription_id }, header: idempotent() },
      body: { status, remove_bearer: false },
    }),
  )
  await webhooksChanged()
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
