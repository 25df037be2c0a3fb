import { Divider, Modal, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { api, type Schemas } from '~/api/api'

import { fieldErrors } from '~/api/problem'
import { FormButtons } from '~/ui/FormButtons'
import { AccountHint } from './AccountHint'
import { PasskeyButton, PasskeyError } from './PasskeyButton'
import { bodyOf, ProofField, type ProofKind, type ProofValues, proofValidation } from './ProofField'
import { ProviderButton } from './ProviderButton'
import { proveByPasskey } from './passkeys'
import { refreshSession, useSession } from './session'
import { useWait, waitLabel } from './Tries'
import { verification } from './verification'

const ABOVE_OTHER_DIALOGS = 300

/** The window in which somebody proves again who they are, when a delicate request needs it. */
export function VerificationDialog() {
  const question = useSyncExternalStore(verification.subscribe, verification.question)
  return (
    <Modal
      opened={question !== undefined}
      onClose={() => question?.answer(false)}
      title="Confirm that it is you"
      zIndex={ABOVE_OTHER_DIALOGS}
    >
      {question && <Verification onDone={question.answer} />}
    </Modal>
  )
}

type VerificationProps = { onDone: (isProven: boolean) => void }

function Verification({ onDone }: VerificationProps) {
  const { person } = useSession()
  const kinds = kindsOf(person)
  return (
    <Stack gap="sm">
      <Text size="sm">
        You last confirmed who you are more than ten minutes ago. Confirm it once more to go on.
      </Text>
      {kinds.length > 0 && <VerificationForm kinds={kinds} onDone={onDone} />}
      {person.has_provider && <AtProvider isAlternative={kinds.length > 0} />}
      {kinds.length === 0 && !person.has_provider && (
        <Text size="sm">
          You have no password yet. Sign out, then choose one with “Forgot your password?”.
        </Text>
      )}
    </Stack>
  )
}

function AtProvider({ isAlternative }: { isAlternative: boolean }) {
  const { pathname, search } = window.location
  return (
    <>
      <ProviderButton
        begin={{ purpose: 'verify', return_to: pathname + search }}
        verb="Confirm with"
        size="sm"
        isAlternative={isAlternative}
      />
      <Text size="xs" className="h-muted">
        You come back to this page, and begin again with what you were about to do.
      </Text>
    </>
  )
}

type VerificationFormProps = VerificationProps & { kinds: readonly ProofKind[] }

function VerificationForm({ kinds, onDone }: VerificationFormProps) {
  const { person } = useSession()
  const form = useForm<ProofValues>({
    initialValues: { kind: kinds[0] ?? 'password', proof: '' },
    validate: proofValidation,
  })
  const verify = api.useMutation('post', '/v1/session/verification', {
    onSuccess: async () => {
      await refreshSession()
      onDone(true)
    },
    onError: (problem) =>
      form.setErrors(fieldErrors(problem, { password: 'proof', code: 'proof' })),
  })
  const sign = useMutation({
    mutationFn: proveByPasskey,
    onMutate: () => verify.reset(),
    onSuccess: (passkey) => verify.mutate({ body: { passkey } }),
  })
  const error = sign.error ?? verify.error
  const wait = useWait(error)
  const isPending = sign.isPending || verify.isPending
  const submit = (values: ProofValues) => {
    sign.reset()
    if (wait === 0) verify.mutate({ body: bodyOf(values) })
  }

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <AccountHint email={person.email} />
        {person.has_passkey && (
          <>
            <PasskeyButton isPending={isPending} onClick={() => sign.mutate()}>
              Use a passkey
            </PasskeyButton>
            <Divider label="or" />
          </>
        )}
        <ProofField form={form} kinds={kinds} />
        <PasskeyError error={form.errors.proof ? undefined : error} wait={wait} />
        <FormButtons
          submit="Confirm"
          isPending={isPending}
          onCancel={() => onDone(false)}
          reason={wait > 0 ? `${waitLabel(wait)}.` : undefined}
        />
      </Stack>
    </form>
  )
}

/** What may be typed, the usual one first. */
function kindsOf(person: Schemas['SignedInPerson']): readonly ProofKind[] {
  return [
    ...(person.has_totp ? (['app'] as const) : []),
    ...(person.has_password ? (['password'] as const) : []),
    ...(person.has_totp || person.has_passkey ? (['recovery'] as const) : []),
  ]
}
