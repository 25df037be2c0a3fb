import { Modal, Stack, Text, Textarea } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { given } from '~/lib/given'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { deliverableDetail } from './queries'

export type Decision = Schemas['ReviewDeliverable']['decision']

type ReviewModalProps = {
  deliverableId: string
  /** Whether it counts towards the proposal before it is approved. */
  isAttached: boolean
  /** When what is shown was changed the last time. */
  seenUpdatedAt: string
  /** What is about to be decided; closed without. */
  decision: Decision | undefined
  onClose: () => void
}

export function ReviewModal({ decision, ...about }: ReviewModalProps) {
  return (
    <Modal
      opened={decision !== undefined}
      onClose={about.onClose}
      title={decision === 'reject' ? 'Reject the deliverable' : 'Approve the deliverable'}
    >
      {decision && <ReviewForm {...about} decision={decision} />}
    </Modal>
  )
}

type ReviewFormProps = Omit<ReviewModalProps, 'decision'> & { decision: Decision }

function ReviewForm({
  deliverableId,
  isAttached,
  seenUpdatedAt,
  decision,
  onClose,
}: ReviewFormProps) {
  const [header] = useState(idempotent)
  // As it was when the dialog was opened: what comes in meanwhile was not seen.
  const [seen] = useState(seenUpdatedAt)
  const isRejecting = decision === 'reject'
  const form = useForm({
    initialValues: { note: '' },
    validate: { note: (note) => (isRejecting && !note.trim() ? 'Say what is wrong.' : null) },
  })
  const review = api.useMutation('put', '/v1/deliverables/{deliverable_id}/review', {
    onSuccess: async (deliverable) => {
      queryClient.setQueryData(deliverableDetail(deliverableId).queryKey, deliverable)
      await queryClient.invalidateQueries({ queryKey: ['get', '/v1/deliverables'] })
      notifyDone(isRejecting ? 'Deliverable rejected' : 'Deliverable approved')
      onClose()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ note }: { note: string }) =>
    review.mutate({
      params: { path: { deliverable_id: deliverableId }, header },
      body: {
        decision,
        seen_updated_at: seen,
        ...given({ note: note.trim() || undefined }),
      },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <Text size="sm">
          {consequenceOf(decision, isAttached)} A later review replaces this one.
        </Text>
        <Textarea
          label={isRejecting ? 'What is wrong' : 'Note (optional)'}
          required={isRejecting}
          autosize
          minRows={3}
          maxRows={10}
          data-autofocus
          {...form.getInputProps('note')}
        />
        <FormError error={review.error} />
        <FormButtons
          submit={isRejecting ? 'Reject' : 'Approve'}
          isPending={review.isPending}
          onCancel={onClose}
        />
      </Stack>
    </form>
  )
}

function consequenceOf(decision: Decision, isAttached: boolean): string {
  if (decision === 'reject') return 'It will not count towards the lead’s proposal.'
  return isAttached
    ? 'It counts towards the lead’s proposal already; the proposal is made as soon as there is one text of each type, and does not wait for approval.'
    : 'It counts towards the lead’s proposal from now on; the proposal is made as soon as there is one text of each type.'
}
