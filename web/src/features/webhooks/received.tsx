import type { Schemas } from '~/api/api'
import { formatCount, humanize } from '~/lib/format'
import type { Column } from '~/ui/DataTable'
import { None } from '~/ui/Money'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'

type Webhook = Schemas['WebhookView']

/** How a sender proved itself, in words. */
const SCHEMES: Readonly<Record<string, string>> = {
  'standard-webhooks': 'Standard Webhooks signature',
  'x-mwd-signature': 'X-MWD-Signature',
}

export function schemeOf(verifiedBy: string): string {
  return SCHEMES[verifiedBy] ?? verifiedBy
}

export const receivedColumns: readonly Column<Webhook>[] = [
  { header: 'Event type', cell: ({ type }) => type ?? <span className="h-muted">Not given</span> },
  {
    header: 'Status',
    width: '8rem',
    onPhone: 'aside',
    cell: ({ status }) => <StatusBadge status={status} look="plain" />,
  },
  { header: 'Sender', width: '10rem', cell: ({ source }) => humanize(source) },
  {
    header: 'Verified by',
    width: '14rem',
    from: 'md',
    cell: ({ verified_by }) => <span className="h-muted">{schemeOf(verified_by)}</span>,
  },
  {
    header: 'Answer',
    width: '5rem',
    align: 'right',
    from: 'md',
    cell: ({ response_status }) => response_status,
  },
  {
    header: 'Duplicates',
    width: '6.5rem',
    align: 'right',
    onPhone: 'hidden',
    cell: ({ duplicates }) => (duplicates === 0 ? <None /> : formatCount(duplicates)),
  },
  {
    header: 'Received',
    width: '8rem',
    align: 'right',
    cell: ({ received_at }) => <Time at={received_at} />,
  },
]
