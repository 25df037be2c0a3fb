import { Anchor, Group, PasswordInput, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'

export type ProofKind = 'password' | 'app' | 'recovery'

export type ProofValues = { kind: ProofKind; proof: string }

const KINDS = {
  app: { label: 'Code', description: 'Six digits from your authenticator app.', use: 'a code' },
  recovery: {
    label: 'Recovery code',
    description: 'One of those you kept. It works once.',
    use: 'a recovery code',
  },
  password: { label: 'Password', description: undefined, use: 'your password' },
} as const

/** The same for `useForm` wherever a proof is asked for. */
export const proofValidation = {
  proof: (proof: string, { kind }: ProofValues) => {
    if (kind === 'app' && !/^\d{6}$/.test(plain(proof))) return 'Enter the six digits.'
    return proof.trim() ? null : 'Enter it to go on.'
  },
}

/** What the API is told: codes may be typed with spaces between their digits. */
export function bodyOf({ kind, proof }: ProofValues) {
  return kind === 'password' ? { password: proof } : { code: plain(proof) }
}

type ProofFieldProps = {
  form: UseFormReturnType<ProofValues>
  /** What may be given, the usual one first. */
  kinds: readonly ProofKind[]
  size?: 'sm'
}

export function ProofField({ form, kinds, size }: ProofFieldProps) {
  const { kind } = form.values
  const { label, description } = KINDS[kind]
  const choose = (other: ProofKind) => {
    form.setValues({ kind: other, proof: '' })
    form.clearErrors()
  }
  const field = {
    label,
    autoFocus: true,
    'data-autofocus': true,
    ...(size && { size }),
    ...form.getInputProps('proof'),
  }
  return (
    <>
      {kind === 'password' ? (
        <PasswordInput key={kind} autoComplete="current-password" {...field} />
      ) : (
        <TextInput
          key={kind}
          description={description}
          autoComplete={kind === 'app' ? 'one-time-code' : 'off'}
          autoCapitalize="none"
          spellCheck={false}
          inputMode={kind === 'app' ? 'numeric' : 'text'}
          {...field}
        />
      )}
      {kinds.length > 1 && (
        <Group gap="sm">
          {kinds.map(
            (other) =>
              other !== kind && (
                <Anchor
                  key={other}
                  component="button"
                  type="button"
                  size="xs"
                  onClick={() => choose(other)}
                >
                  Use {KINDS[other].use} instead
                </Anchor>
              ),
          )}
        </Group>
      )}
    </>
  )
}

function plain(code: string): string {
  return code.replace(/\s/g, '')
}
