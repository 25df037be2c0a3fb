import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'

import { api } from '~/api/api'
import { asProblem, fieldErrors } from '~/api/problem'
import { given } from '~/lib/given'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { invalidatePrompts } from './queries'

type PublishModalProps = {
  isOpen: boolean
  onClose: () => void
  name: string
  title: string
  text: string
  /** What was in use when the text was begun, or looked at since. */
  seenLabel: string
  onPublished: () => void
  /** Somebody else published meanwhile. */
  onCompare: () => void
}

export function PublishModal(props: PublishModalProps) {
  const { isOpen, onClose, title } = props
  return (
    <Modal opened={isOpen} onClose={onClose} title={`Publish ${title}`}>
      <PublishForm {...props} />
    </Modal>
  )
}

function PublishForm(props: PublishModalProps) {
  const { onClose, name, title, text, seenLabel, onPublished, onCompare } = props
  const form = useForm({ initialValues: { note: '' } })
  const publish = api.useMutation('post', '/v1/prompts/{name}/versions', {
    onSuccess: async ({ version }) => {
      await invalidatePrompts()
      notifyDone(`Version ${version} of ${title} is in use`)
      onPublished()
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ note }: typeof form.values) =>
    publish.mutate({
      params: { path: { name } },
      body: { text, seen_label: seenLabel, ...given({ note: note.trim() || undefined }) },
    })
  const isLate = Boolean(publish.error) && asProblem(publish.error).code === 'changed-meanwhile'
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <p className="h-muted" style={{ margin: 0 }}>
          Models are asked with this text from now on, also by runs that have begun. Every version
          is kept, so you can go back at any time.
        </p>
        <TextInput
          label="What changed"
          description="For whoever looks at the versions."
          maxLength={500}
          data-autofocus
          {...form.getInputProps('note')}
        />
        <FormError error={form.errors.note ? undefined : publish.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          {isLate ? (
            <Button onClick={onCompare}>Compare with theirs</Button>
          ) : (
            <Button type="submit" loading={publish.isPending}>
              Publish
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}
