import { SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, type Schemas } from '~/api/api'
import { asProblem, fieldErrors } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { type ClientFields, changesOf, fieldsOf, takeOver } from './edited'
import { clientDetail } from './queries'

type EditClientProps = {
  client: Schemas['ClientView']
  isOpen: boolean
  onClose: () => void
}

/** Who the client is, corrected by hand. */
export function EditClient({ client, isOpen, onClose }: EditClientProps) {
  return (
    <DetailDrawer isOpen={isOpen} onClose={onClose} title="Edit the client">
      {isOpen && <EditForm client={client} onClose={onClose} />}
    </DetailDrawer>
  )
}

function EditForm({ client, onClose }: Pick<EditClientProps, 'client' | 'onClose'>) {
  // As it was when the form was opened: whatever comes in meanwhile must not pass for seen.
  const [seen, setSeen] = useState(client)
  const form = useForm<ClientFields>({
    initialValues: fieldsOf(client),
    validate: {
      company_name: (name) => (name.trim() ? null : 'Enter the company’s name.'),
      email: (email) => (email.includes('@') ? null : 'Enter an e-mail address.'),
    },
  })
  const { client_id } = client
  const update = api.useMutation('patch', '/v1/clients/{client_id}', {
    onSuccess: async (saved) => {
      queryClient.setQueryData(clientDetail(client_id).queryKey, saved)
      await Promise.all(
        ['/v1/clients', '/v1/clients/{client_id}/timeline', '/v1/pipeline', '/v1/leads'].map(
          (path) => queryClient.invalidateQueries({ queryKey: ['get', path] }),
        ),
      )
      notifyDone(`${saved.company_name} saved`)
      onClose()
    },
    onError: async (problem) => {
      const { code } = asProblem(problem)
      if (code === 'client-email-taken') {
        form.setFieldError('email', 'Another client has this address.')
      } else if (code === 'changed-meanwhile') {
        await takeOverTheirs()
      } else {
        form.setErrors(fieldErrors(problem))
      }
    },
  })
  const takeOverTheirs = async () => {
    const now = await queryClient.fetchQuery({ ...clientDetail(client_id), staleTime: 0 })
    const { values, contested } = takeOver(form.getValues(), seen, now)
    form.setValues(values)
    form.setErrors(
      Object.fromEntries(
        Object.entries(contested).map(([field, theirs]) => [
          field,
          theirs
            ? `Somebody wrote “${theirs}” here meanwhile.`
            : 'Somebody emptied this meanwhile.',
        ]),
      ),
    )
    setSeen(now)
  }
  const changes = changesOf(form.values, seen)
  const submit = () =>
    update.mutate({
      params: { path: { client_id } },
      body: { ...changes, seen_updated_at: seen.updated_at },
    })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Company"
          required
          data-autofocus
          {...form.getInputProps('company_name')}
        />
        <TextInput
          label="E-mail"
          description="Who writes from this address is this client; who writes from the one before is a new one."
          type="email"
          required
          {...form.getInputProps('email')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label="Contact" {...form.getInputProps('contact_name')} />
          <TextInput label="Phone" type="tel" {...form.getInputProps('phone')} />
        </SimpleGrid>
        <TextInput label="Industry" {...form.getInputProps('industry')} />
        <Conflict error={update.error} hasFieldErrors={Object.keys(form.errors).length > 0} />
        <FormButtons
          submit="Save client"
          isPending={update.isPending}
          onCancel={onClose}
          reason={Object.keys(changes).length > 0 ? undefined : 'Nothing was changed.'}
        />
      </Stack>
    </form>
  )
}

/** What the server said, where no field says it. */
function Conflict({ error, hasFieldErrors }: { error: unknown; hasFieldErrors: boolean }) {
  const isConflict = Boolean(error) && asProblem(error).code === 'changed-meanwhile'
  if (isConflict) return <FormError error={CHANGED} />
  return <FormError error={hasFieldErrors ? undefined : error} />
}

const CHANGED = new Error(
  'Somebody else changed this client meanwhile. What they changed is shown here; what you typed is kept. Save again if it is right',
)
