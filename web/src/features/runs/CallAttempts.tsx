import { between, formatDuration } from '~/lib/format'
import { JsonView } from '~/ui/JsonView'
import { type Fact, KeyValue } from '~/ui/KeyValue'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import classes from './CallAttempts.module.css'
import type { Call } from './contract'
import { formatCost, formatTokens, usageOf } from './cost'

const EFFECTS: Record<string, string> = {
  read: 'Only reads; safe to repeat',
  keyed: 'Repeated under the same key, so done once',
  findable: 'Looked up before it is repeated',
  at_most_once: 'Never repeated by itself',
  operation: 'Ran here, within the step’s commit',
  awaited: 'Answered by people',
}

/** The attempts of one step’s call: what was asked, what came back, and how long that took. */
export function CallAttempts({ calls }: { calls: readonly Call[] }) {
  const [first] = calls
  if (!first) return null
  const areSame = new Set(calls.map(({ number }) => number)).size === 1
  return (
    <div className={classes.call}>
      <KeyValue facts={factsOf(first)} />
      {areSame && <JsonView label="Input" value={first.input} depth={1} />}
      {calls.map((call) => (
        <Attempt
          key={`${call.number} ${call.attempt}`}
          call={call}
          isOnly={calls.length === 1}
          showsInput={!areSame}
        />
      ))}
    </div>
  )
}

function factsOf({ function: called, effect, number }: Call): Fact[] {
  return [
    { label: 'Function', value: <code className="h-mono">{called}</code> },
    { label: 'Effect', value: EFFECTS[effect] ?? effect, hint: effect },
    { label: 'Call', value: `Number ${number}`, hint: 'The same for all attempts' },
  ]
}

type AttemptProps = { call: Call; isOnly: boolean; showsInput: boolean }

function Attempt({ call, isOnly, showsInput }: AttemptProps) {
  const { attempt, status, started_at, ended_at, error, output, waiting_for, next_attempt_at } =
    call
  return (
    <div className={classes.attempt}>
      <div className={classes.line}>
        {!isOnly && <strong>Attempt {attempt}</strong>}
        <StatusBadge status={status} />
        <span className="h-muted">
          <Time at={started_at ?? call.created_at} as="full" />
          {started_at && ended_at && ` · ${formatDuration(between(started_at, ended_at))}`}
        </span>
      </div>
      {waiting_for && (
        <p className={classes.waiting}>
          Waits: {waiting_for}
          {next_attempt_at && (
            <>
              , until <Time at={next_attempt_at} as="full" />
            </>
          )}
        </p>
      )}
      {error && (
        <p className={classes.error}>
          <strong>
            {error.title}
            {error.status && !error.title.includes(String(error.status)) && ` (${error.status})`}
          </strong>
          {error.detail && error.detail !== error.title && <span>{error.detail}</span>}
        </p>
      )}
      {showsInput && <JsonView label="Input" value={call.input} depth={1} />}
      {output !== undefined && <JsonView label="Output" value={output} depth={1} />}
      <Usage call={call} />
    </div>
  )
}

function Usage({ call }: { call: Call }) {
  return usageOf(call).map((usage) => (
    <KeyValue
      key={`${usage.model} ${usage.prompt}`}
      facts={[
        { label: 'Model', value: [usage.provider, usage.model].filter(Boolean).join(' · ') },
        { label: 'Prompt', value: usage.prompt },
        { label: 'Tokens', value: formatTokens(usage) },
        { label: 'Cost', value: formatCost(usage.cost_micros ?? 0) },
      ]}
    />
  ))
}
