import { Button, Divider, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { api, type Schemas } from '~/api/api'

import { asProblem, fieldErrors } from '~/api/problem'
import { PasskeyButton, PasskeyError } from './PasskeyButton'
import { ProofField, type ProofKind, type ProofValues, proofValidation } from './ProofField'
import { proveByPasskey } from './passkeys'
import { useSession } from './session'
import { SubmitButton, useWait } from './Tries'

type SecondFactorFormProps = {
  onDone: (state: Schemas['SignInState']) => Promise<void>
  onBack: () => void
  /** The password was given too long ago. */
  onExpired: () => void
}

const UNKNOWN = 401

export function SecondFactorForm({ onDone, onBack, onExpired }: SecondFactorFormProps) {
  const { has_totp, has_passkey } = useSession().person
  const kinds: readonly ProofKind[] = has_passkey && !has_totp ? ['recovery'] : ['app', 'recovery']
  const form = useForm<ProofValues>({
    initialValues: { kind: kinds[0] ?? 'app', proof: '' },
    validate: proofValidation,
  })
  const refused = (problem: unknown) => {
    if (asProblem(problem).status === UNKNOWN) onExpired()
    else form.setErrors(fieldErrors(problem, { code: 'proof' }))
  }
  const confirm = api.useMutation('post', '/v1/session/second-factor', {
    onSuccess: ({ state }) => onDone(state),
    onError: refused,
  })
  const sign = useMutation({
    mutationFn: proveByPasskey,
    onMutate: () => confirm.reset(),
    onSuccess: (passkey) => confirm.mutate({ body: { passkey } }),
    onError: refused,
  })
  const error = sign.error ?? confirm.error
  const wait = useWait(error)
  const isPending = sign.isPending || confirm.isPending || confirm.isSuccess
  const submit = ({ proof }: ProofValues) => {
    sign.reset()
    confirm.mutate({ body: { code: proof.replace(/\s/g, '') } })
  }

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        {has_passkey && (
          <>
            <PasskeyButton size="sm" isMain isPending={isPending} onClick={() => sign.mutate()}>
              Use a passkey
            </PasskeyButton>
            <Divider label="or" />
          </>
        )}
        <ProofField form={form} kinds={kinds} size="sm" />
        <PasskeyError error={form.errors.proof ? undefined : error} wait={wait} />
        <SubmitButton wait={wait} isPending={isPending} isOther={has_passkey}>
          Confirm
        </SubmitButton>
        <Button variant="subtle" color="gray" onClick={onBack}>
          Back
        </Button>
      </Stack>
    </form>
  )
}
