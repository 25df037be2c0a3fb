import { humanize, plural } from '~/lib/format'
import type { ArmedFault, Fault } from './contract'

type Description = { label: string; means: string }

/** What the simulators can be told to do wrong, in words. */
const DESCRIPTIONS: Readonly<Record<string, Description>> = {
  'timeout-after-effect': {
    label: 'Lose the answer',
    means: 'It does the work, and the answer never comes: nobody knows whether it was done.',
  },
  'timeout-before-effect': {
    label: 'Never answer',
    means: 'It does nothing, and no answer comes.',
  },
  status: { label: 'Answer with an error', means: 'It answers with a status of your choice.' },
  throttle: { label: 'Throttle', means: 'It answers 429 and asks to wait.' },
  slow: { label: 'Be slow', means: 'It does the work, and answers late.' },
  'disconnect-before': {
    label: 'Hang up before the work',
    means: 'The connection breaks, and nothing was done.',
  },
  'disconnect-after-effect': {
    label: 'Hang up after the work',
    means: 'It does the work, and the connection breaks before the answer.',
  },
  'malformed-json': { label: 'Answer broken JSON', means: 'The answer cannot be read.' },
  truncated: { label: 'Cut the answer', means: 'The answer ends in the middle.' },
  'wrong-type': { label: 'Answer in another format', means: 'HTML comes where JSON should.' },
  'huge-body': { label: 'Answer far too much', means: 'The answer is larger than is read.' },
  trickle: { label: 'Trickle', means: 'The answer comes byte by byte.' },
  redirect: { label: 'Redirect elsewhere', means: 'It sends the call to another address.' },
  'rate-limit': { label: 'Limit the rate', means: 'It refuses as its own rate limit does.' },
  'schema-invalid': {
    label: 'Ignore the schema',
    means: 'The model’s answer is JSON, and not what was asked for.',
  },
  'cut-answer': { label: 'Stop at the token limit', means: 'The model’s answer ends too early.' },
  refusal: { label: 'Refuse', means: 'The model declines to answer.' },
  'not-json': { label: 'Answer in prose', means: 'The model answers with text instead of JSON.' },
  'recipient-refused': { label: 'Refuse the recipient', means: 'The address is not accepted.' },
  'try-later': { label: 'Ask to try later', means: 'The mail server is busy.' },
  'message-refused': { label: 'Refuse the message', means: 'The mail counts as spam.' },
  'password-refused': { label: 'Refuse the password', means: 'The credentials are not accepted.' },
  'dropped-after-data': {
    label: 'Hang up after the mail',
    means: 'The mail was taken, and the confirmation never came.',
  },
}

/** A wildcard of the interface that `status` with a number says better. */
const LEFT_OUT = 'status-NNN'

export function describe(what: string): Description {
  return DESCRIPTIONS[what] ?? { label: humanize(what), means: '' }
}

/** What a provider can do wrong, those that matter the most first. */
export function choicesOf(known: readonly string[]): { value: string; label: string }[] {
  const order = Object.keys(DESCRIPTIONS)
  const rank = (what: string) => (order.includes(what) ? order.indexOf(what) : order.length)
  return known
    .filter((what) => what !== LEFT_OUT)
    .toSorted((a, b) => rank(a) - rank(b))
    .map((value) => ({ value, label: describe(value).label }))
}

/** `Answer with an error: 503, 2 of 3 requests met it` */
export function sentenceOfFault(fault: ArmedFault): string {
  const { what, status, ms, times, probability, hits, path } = fault
  const how = [status, ms !== undefined && `${ms} ms`].filter(Boolean).join(', ')
  const share =
    probability === undefined ? '' : ` for ${Math.round(probability * 100)}% of requests`
  const where = path ? ` at ${path}` : ''
  const met =
    times === undefined
      ? `${plural(hits, 'request')} met it`
      : `${hits} of ${plural(times, 'request')} met it`
  return `${describe(what).label}${how && `: ${how}`}${share}${where}, ${met}`
}

/** The faults of a provider as they are armed again, when one is added or taken away. */
export function bare(faults: readonly ArmedFault[]): Fault[] {
  return faults
    .filter(({ active }) => active)
    .map(({ hits, active: _, times, ...fault }) => ({
      ...fault,
      ...(times !== undefined && { times: times - hits }),
    }))
}
