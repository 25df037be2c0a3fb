type AccountHintProps = { email: string }

/** Tells password managers whose password a form is about, where it is not asked for. */
export function AccountHint({ email }: AccountHintProps) {
  return <input type="text" autoComplete="username" value={email} readOnly hidden />
}
