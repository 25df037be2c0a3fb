import { Stack, Tabs, Text, Textarea } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { Markdown } from '~/ui/markdown/Markdown'
import { notifyDone } from '~/ui/notify'
import { deliverableDetail } from './queries'

type EditDeliverableProps = {
  deliverable: Schemas['DeliverableDetail']
  isOpen: boolean
  onClose: () => void
}

/** The text changed by hand. What was generated is kept beside it. */
export function EditDeliverable({ deliverable, isOpen, onClose }: EditDeliverableProps) {
  return (
    <DetailDrawer isOpen={isOpen} onClose={onClose} title="Edit the text" width="wide">
      {isOpen && <EditForm deliverable={deliverable} onClose={onClose} />}
    </DetailDrawer>
  )
}

type EditFormProps = Pick<EditDeliverableProps, 'deliverable' | 'onClose'>

function EditForm({ deliverable, onClose }: EditFormProps) {
  const { deliverable_id } = deliverable
  const [header] = useState(idempotent)
  // As it was when the form was opened: whatever comes in meanwhile must not pass for seen.
  const [seen_updated_at] = useState(deliverable.updated_at)
  const form = useForm({
    initialValues: { markdown: deliverable.markdown },
    validate: { markdown: (text) => (text.trim() ? null : 'Write something.') },
  })
  const edit = api.useMutation('patch', '/v1/deliverables/{deliverable_id}', {
    onSuccess: async (edited) => {
      queryClient.setQueryData(deliverableDetail(deliverable_id).queryKey, edited)
      await queryClient.invalidateQueries({ queryKey: ['get', '/v1/deliverables'] })
      notifyDone('Text saved. It awaits review again.')
      onClose()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ markdown }: typeof form.values) =>
    edit.mutate({
      params: { path: { deliverable_id }, header },
      body: { markdown, seen_updated_at },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <Tabs defaultValue="write" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="write">Write</Tabs.Tab>
            <Tabs.Tab value="preview">Preview</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="write" pt="sm">
            <Textarea
              aria-label="Text, in Markdown"
              autosize
              minRows={16}
              maxRows={32}
              classNames={{ input: 'h-mono' }}
              data-autofocus
              {...form.getInputProps('markdown')}
            />
          </Tabs.Panel>
          <Tabs.Panel value="preview" pt="sm">
            <Markdown text={form.values.markdown} />
          </Tabs.Panel>
        </Tabs>
        {deliverable.status !== 'pending_review' && (
          <Text size="xs" className="h-muted">
            Once it is saved, it awaits review again.
          </Text>
        )}
        <FormError error={form.errors.markdown ? undefined : edit.error} />
        <FormButtons
          submit="Save text"
          isPending={edit.isPending}
          onCancel={onClose}
          reason={form.isDirty() ? undefined : 'Nothing was changed.'}
        />
      </Stack>
    </form>
  )
}
