import { Group, Stack, Textarea } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { given } from '~/lib/given'
import { ActionButton } from '~/ui/ActionButton'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { invalidateTasks } from './queries'
import type { ApprovalDecision, HumanTask } from './types'

type DecideFormProps = { task: HumanTask; reason: string | undefined }

/** Approves or rejects. A decision is made once. */
export function DecideForm({ task, reason }: DecideFormProps) {
  const [header] = useState(idempotent)
  const [comment, setComment] = useState('')
  const [asked, setAsked] = useState<ApprovalDecision>()
  const decide = api.useMutation('post', '/v1/human-tasks/{human_task_id}/decide', {
    onSuccess: async (_task, { body }) => {
      await invalidateTasks()
      notifyDone(body.decision === 'approved' ? 'Approved' : 'Rejected')
    },
  })
  const submit = (decision: ApprovalDecision) => {
    setAsked(decision)
    decide.mutate({
      params: { path: { human_task_id: task.human_task_id }, header },
      body: given({ decision, comment: comment.trim() || undefined }),
    })
  }
  return (
    <Stack gap="sm">
      <Textarea
        label="Comment"
        description="For the flow, and for whoever reads it later."
        autosize
        minRows={3}
        maxRows={12}
        maxLength={10_000}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      <FormError error={decide.error} />
      <Group justify="flex-end" gap="xs">
        <ActionButton
          variant="default"
          reason={reason}
          loading={decide.isPending && asked === 'rejected'}
          leftSection={<IconX size={15} aria-hidden />}
          onClick={() => submit('rejected')}
        >
          Reject
        </ActionButton>
        <ActionButton
          reason={reason}
          loading={decide.isPending && asked === 'approved'}
          leftSection={<IconCheck size={15} aria-hidden />}
          onClick={() => submit('approved')}
        >
          Approve
        </ActionButton>
      </Group>
    </Stack>
  )
}
