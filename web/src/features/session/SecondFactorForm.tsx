import { Button, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api, type Schemas } from '~/api/api'

import { asProblem, fieldErrors } from '~/api/problem'
import { ProofField, type ProofValues, proofValidation } from './ProofField'
import { SubmitButton, TriesError, useWait } from './Tries'

type SecondFactorFormProps = {
  onDone: (state: Schemas['SignInState']) => Promise<void>
  onBack: () => void
  /** The password was given too long ago. */
  onExpired: () => void
}

const UNKNOWN = 401

export function SecondFactorForm({ onDone, onBack, onExpired }: SecondFactorFormProps) {
  const form = useForm<ProofValues>({
    initialValues: { kind: 'app', proof: '' },
    validate: proofValidation,
  })
  const confirm = api.useMutation('post', '/v1/session/second-factor', {
    onSuccess: ({ state }) => onDone(state),
    onError: (problem) => {
      if (asProblem(problem).status === UNKNOWN) onExpired()
      else form.setErrors(fieldErrors(problem, { code: 'proof' }))
    },
  })
  const wait = useWait(confirm.error)
  const submit = ({ proof }: ProofValues) =>
    confirm.mutate({ body: { code: proof.replace(/\s/g, '') } })

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <ProofField form={form} kinds={['app', 'recovery']} size="sm" />
        <TriesError error={form.errors.proof ? undefined : confirm.error} wait={wait} />
        <SubmitButton wait={wait} isPending={confirm.isPending || confirm.isSuccess}>
          Confirm
        </SubmitButton>
        <Button variant="subtle" color="gray" onClick={onBack}>
          Back
        </Button>
      </Stack>
    </form>
  )
}
