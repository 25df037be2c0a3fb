import { formatMoney } from '~/lib/format'

type MoneyProps = { value: { amount: string; currency: string } | undefined }

export function Money({ value }: MoneyProps) {
  return value ? <span className="h-nowrap">{formatMoney(value)}</span> : <None />
}

/** What stands where there is nothing. */
export function None() {
  return (
    <span className="h-faint" role="img" aria-label="none" data-none>
      –
    </span>
  )
}
