import { formatCount, humanize, plural } from '~/lib/format'
import { paths } from '~/lib/paths'
import { pageOf } from '~/lib/subjects'

type Kind = { label: string; help: string }

/** What each kind of alert means, and what to do. */
const KINDS: Readonly<Record<string, Kind>> = {
  'webhook.signature_invalid': {
    label: 'Wrong signature',
    help: 'Either the sender has another secret than the connection here, or somebody else pretends to be it. Compare the secrets; webhooks refused meanwhile must be sent again by the sender.',
  },
  'webhook.delivery_failing': {
    label: 'Deliveries fail',
    help: 'A receiver does not accept our webhooks. They are tried again for days; look at the answers, and replay what was given up once the receiver works.',
  },
  'webhook.failing': {
    label: 'Deliveries fail',
    help: 'A receiver does not accept our webhooks. They are tried again for days; look at the answers, and replay what was given up once the receiver works.',
  },
  'webhook.disabled': {
    label: 'Subscription disabled',
    help: 'Its receiver failed for so long that nothing is sent to it any more. Resume it once the receiver works.',
  },
  'response.slow': {
    label: 'Slow answers',
    help: 'Calls take longer than the rule allows. Runs wait for them, and nothing is lost.',
  },
  'lead.creation_failed': {
    label: 'Lead not created',
    help: 'A lead could not be created at the invoice system. Look at the run, and retry it once the cause is gone.',
  },
  'run.faulted': {
    label: 'Run faulted',
    help: 'A run stopped at an error that its flow does not handle. Retry the step, skip it, or cancel the run.',
  },
  'run.not_started': {
    label: 'Run not started',
    help: 'An event should have started a run, and could not.',
  },
  'call.outcome_unknown': {
    label: 'Outcome unknown',
    help: 'A call that must not be repeated was interrupted. Look at the other side whether it was done, and then complete or retry it in the run.',
  },
  'connection.failing': {
    label: 'Connection fails',
    help: 'An outside system refuses our calls. Test the connection, and set it anew if its credentials have changed.',
  },
  'connection.refused': {
    label: 'Connection refused',
    help: 'An outside system refuses our credentials. Set the connection anew.',
  },
}

/** What rules see when they look, once in a minute. */
const SEEN_EACH_MINUTE = new Set([
  'webhook.delivery_failing',
  'response.slow',
  'lead.creation_failed',
])

/** How often it happened, or for how long it was seen: `3 times`, `12 min`. */
export function timesOf({ kind, occurrences }: { kind: string; occurrences: number }): string {
  return SEEN_EACH_MINUTE.has(kind)
    ? `${formatCount(occurrences)} min`
    : plural(occurrences, 'time')
}

export function kindOf(kind: string): Kind {
  return KINDS[kind] ?? { label: humanize(kind.replaceAll('.', ' ')), help: '' }
}

export const KIND_OPTIONS = Object.entries(KINDS).map(([value, { label }]) => ({
  value,
  label: `${label} (${value})`,
}))

const OF_KIND = new Map<string, [path: string, label: string][]>([
  ['webhook.delivery_failing', [[paths.webhookMessages(), 'Open sent webhooks']]],
  ['webhook.signature_invalid', [[paths.webhooks(), 'Open received webhooks']]],
])

/** Where to look into it: the things that its cause or its details name. */
export function placesOf(
  kind: string,
  cause: string,
  detail: unknown,
): { label: string; path: string }[] {
  const places = new Map<string, string>(OF_KIND.get(kind))
  for (const id of cause.split(/[:/]/)) {
    const page = pageOf(id)
    if (page) places.set(page, labelOf(id))
  }
  for (const [name, value] of Object.entries(asObject(detail))) {
    if (typeof value !== 'string') continue
    const page = pageOf(value) ?? (NAMED.has(name) ? NAMED.get(name)?.(value) : undefined)
    if (page) places.set(page, labelOf(NAMED.has(name) ? `${name}_` : value))
  }
  return [...places].map(([path, label]) => ({ path, label }))
}

const NAMED = new Map<string, (value: string) => string>([
  ['connector', paths.connection],
  ['source', paths.connection],
  ['flow', paths.flow],
])

const LABELS: Readonly<Record<string, string>> = {
  run: 'Open the run',
  lead: 'Open the lead',
  whs: 'Open the subscription',
  whm: 'Open the message',
  whd: 'Open the webhook',
  htask: 'Open the task',
  client: 'Open the client',
  connector: 'Open the connection',
  source: 'Open the connection',
  flow: 'Open the flow',
}

function labelOf(id: string): string {
  return LABELS[id.slice(0, id.lastIndexOf('_'))] ?? 'Open'
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
