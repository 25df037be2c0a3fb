import { NumberInput } from '@mantine/core'
import { useState } from 'react'

import { api, type Schemas } from '~/api/api'
import { formatDateTime } from '~/lib/format'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { ShownOnce } from '~/ui/ShownOnce'
import { webhooksChanged } from './queries'

type RotateSecretProps = { subscriptionId: string; isOpen: boolean; onClose: () => void }

const USUAL_HOURS = 24
const HOURS_MAX = 168

export function RotateSecret({ subscriptionId, isOpen, onClose }: RotateSecretProps) {
  const [hours, setHours] = useState(USUAL_HOURS)
  const [rotated, setRotated] = useState<Schemas['RotatedWebhookSecret']>()
  const rotate = api.useMutation('post', '/v1/webhook-subscriptions/{subscription_id}/secret', {
    onSuccess: (answer) => {
      setRotated(answer)
      onClose()
      void webhooksChanged()
    },
  })
  return (
    <>
      <ConfirmModal
        isOpen={isOpen}
        onClose={onClose}
        title="Rotate the signing secret"
        confirm="Rotate secret"
        isPending={rotate.isPending}
        error={rotate.error}
        onConfirm={() =>
          rotate.mutate({
            params: { path: { subscription_id: subscriptionId } },
            body: { overlap_hours: hours },
          })
        }
      >
        A new secret is made and shown once. Meanwhile messages are signed with both, so that the
        receiver can change over without losing any.
        <NumberInput
          mt="sm"
          label="Sign with both for"
          suffix={hours === 1 ? ' hour' : ' hours'}
          min={0}
          max={HOURS_MAX}
          allowDecimal={false}
          value={hours}
          onChange={(value) => setHours(typeof value === 'number' ? value : USUAL_HOURS)}
        />
      </ConfirmModal>
      <ShownOnce
        title="Secret rotated"
        label="New signing secret"
        secret={rotated?.secret}
        onClose={() => setRotated(undefined)}
      >
        {rotated && (
          <div>
            The secret before is used, too, until {formatDateTime(rotated.previous_secret_until)}.
          </div>
        )}
      </ShownOnce>
    </>
  )
}
