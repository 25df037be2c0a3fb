import { Alert, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'

import { api, type Schemas } from '~/api/api'
import { fieldErrors } from '~/api/problem'
import { sentenceOf } from '~/lib/sentence'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { ShownOnce } from '~/ui/ShownOnce'
import { invitationsChanged } from './queries'
import { RoleChoice } from './RoleChoice'

type Invited = Schemas['InvitedMember']
type InviteMemberProps = { isOpen: boolean; onClose: () => void }

export function InviteMember({ isOpen, onClose }: InviteMemberProps) {
  const [invited, setInvited] = useState<Invited>()
  return (
    <>
      <DetailDrawer isOpen={isOpen} onClose={onClose} title="Invite member">
        <InviteForm
          onCancel={onClose}
          onDone={(invitation) => {
            setInvited(invitation)
            onClose()
          }}
        />
      </DetailDrawer>
      <ShownOnce
        title={`${invited?.email ?? ''} is invited`}
        label="Invitation link"
        secret={invited?.link}
        onClose={() => setInvited(undefined)}
      >
        {invited && <Delivery invited={invited} />}
      </ShownOnce>
    </>
  )
}

function Delivery({ invited: { email, is_mailed, mail_problem } }: { invited: Invited }) {
  if (is_mailed) {
    return (
      <Text size="sm">
        It went to {email} by e-mail, too. It is valid for seven days and works once.
      </Text>
    )
  }
  return (
    <Alert color="yellow" variant="light" p="xs" title="It was not sent by e-mail">
      {mail_problem && `${sentenceOf(mail_problem)} `}Hand the link to {email} yourself. It is valid
      for seven days, and whoever has it can join.
    </Alert>
  )
}

type InviteFormProps = { onDone: (invited: Invited) => void; onCancel: () => void }

function InviteForm({ onDone, onCancel }: InviteFormProps) {
  const form = useForm<{ email: string; role: string }>({
    initialValues: { email: '', role: 'staff' },
    validate: { email: (email) => (email.includes('@') ? null : 'Enter an e-mail address.') },
  })
  const invite = api.useMutation('post', '/v1/invitations', {
    onSuccess: (invited) => {
      void invitationsChanged()
      onDone(invited)
    },
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ email, role }: typeof form.values) =>
    invite.mutate({ body: { email: email.trim(), role } })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <TextInput
          label="E-mail"
          description="Inviting an address again replaces its earlier invitation."
          type="email"
          autoComplete="off"
          maxLength={254}
          data-autofocus
          {...form.getInputProps('email')}
        />
        <RoleChoice {...form.getInputProps('role')} />
        <FormError error={form.errors.email ? undefined : invite.error} />
        <FormButtons submit="Invite" isPending={invite.isPending} onCancel={onCancel} />
      </Stack>
    </form>
  )
}
