import { Collapse, UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'

import type { Schemas } from '~/api/api'
import { sentenceOf } from '~/lib/sentence'
import { CodeBlock } from '~/ui/CodeBlock'
import { Duration } from '~/ui/Duration'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import classes from './Attempts.module.css'
import { NextTry } from './sent'

type Message = Schemas['WebhookMessageDetail']
type Attempt = Schemas['WebhookAttempt']

/** Each attempt, the latest first, with the answer it got; before them what comes next. */
export function Attempts({ message }: { message: Message }) {
  const attempts = [...message.log].reverse()
  return (
    <ol className={classes.list}>
      {message.next_attempt_at && (
        <li className={classes.next}>
          <StatusBadge status="scheduled" look="plain" label="Next attempt" />
          <NextTry at={message.next_attempt_at} />
        </li>
      )}
      {attempts.length === 0 && !message.next_attempt_at && (
        <li className={classes.next}>None yet.</li>
      )}
      {attempts.map((attempt, index) => (
        <AttemptRow
          key={`${attempt.number} ${attempt.started_at}`}
          attempt={attempt}
          isOpenAtFirst={index === 0}
        />
      ))}
    </ol>
  )
}

function AttemptRow({ attempt, isOpenAtFirst }: { attempt: Attempt; isOpenAtFirst: boolean }) {
  const [isOpen, setIsOpen] = useState(isOpenAtFirst)
  const { number, error, response_status, duration_ms, started_at, response_body } = attempt
  return (
    <li>
      <UnstyledButton
        className={classes.row ?? ''}
        onClick={() => setIsOpen(!isOpen)}
        aria-expanded={isOpen}
      >
        <IconChevronRight size={14} aria-hidden className={classes.chevron} />
        <span className={classes.number}>#{number}</span>
        <StatusBadge
          status={error ? 'failed' : 'delivered'}
          look="plain"
          label={response_status ? String(response_status) : 'No answer'}
        />
        <span className={classes.error} title={error}>
          {error && !isOpen && sentenceOf(error)}
        </span>
        <span className="h-muted">
          <Duration milliseconds={duration_ms} />
        </span>
        <Time at={started_at} as="full" />
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <div className={classes.answer}>
          {error && <p className={classes.reason}>{sentenceOf(error)}</p>}
          {response_body ? (
            <CodeBlock code={response_body} label="Its answer, the first 4 kB" />
          ) : (
            <p className="h-muted">
              {response_status ? 'Its answer had no body.' : 'No answer came.'}
            </p>
          )}
        </div>
      </Collapse>
    </li>
  )
}
