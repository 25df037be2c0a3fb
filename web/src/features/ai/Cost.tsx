import { formatMoney } from '~/lib/format'
import { dollars, formatCost } from './usage'

/** A cost in US dollars, with all its digits on hover. */
export function Cost({ usd }: { usd: string }) {
  return <span title={formatMoney(dollars(usd))}>{formatCost(usd)}</span>
}
