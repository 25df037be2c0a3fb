import { IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'

import { formatDuration, formatMoney, plural } from '~/lib/format'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import tones from '~/ui/tone.module.css'
import classes from './ClientTimeline.module.css'
import { functionsOf, keyOf } from './grouping'
import { lookOf } from './looks'
import { type Subject, subjectOf } from './subject'
import type { TimelineEntry } from './types'

const MICROS = 1_000_000
const NAMED = 3

type EntryRowProps = {
  entry: TimelineEntry
  /** One of several steps that are folded into a line. */
  isInner?: boolean
  onOpen: (subject: Subject) => void
}

export function EntryRow({ entry, isInner = false, onOpen }: EntryRowProps) {
  const { icon: Icon, label, tone } = lookOf(entry)
  const subject = subjectOf(entry)
  return (
    <li className={classes.row} data-inner={isInner || undefined}>
      <span className={`${classes.mark} ${tones[tone]}`} title={label}>
        <Icon size={13} aria-label={label} />
      </span>
      {subject ? (
        <button type="button" className={classes.open} onClick={() => onOpen(subject)}>
          {entry.title}
        </button>
      ) : (
        <span className={classes.title}>{entry.title}</span>
      )}
      <Figures entry={entry} />
      <Clock at={entry.at} />
    </li>
  )
}

function Figures({ entry }: { entry: TimelineEntry }) {
  const { kind, actor, amount, duration_ms, cost_micros, status } = entry
  const isTelling = kind === 'call' && status !== undefined && status !== 'succeeded'
  return (
    <span className={classes.figures}>
      {actor && <span className={classes.actor}>{actor}</span>}
      {amount && <span>{formatMoney(amount)}</span>}
      {cost_micros !== undefined && cost_micros > 0 && (
        <span title="Cost of the AI answer">${(cost_micros / MICROS).toFixed(4)}</span>
      )}
      {duration_ms !== undefined && duration_ms > 0 && <span>{formatDuration(duration_ms)}</span>}
      {isTelling && <StatusBadge status={status} look="plain" />}
    </span>
  )
}

function Clock({ at }: { at: string }) {
  return (
    <span className={classes.when}>
      <Time at={at} as="clock" />
    </span>
  )
}

type CallRowsProps = {
  /** Steps of one run, the last one first. */
  entries: readonly TimelineEntry[]
  onOpen: (subject: Subject) => void
}

/** Steps of a run in one line. Those with a failure among them are open at first. */
export function CallRows({ entries, onOpen }: CallRowsProps) {
  const hasTrouble = entries.some((entry) => lookOf(entry).tone !== 'neutral')
  const [isOpen, setIsOpen] = useState(hasTrouble)
  const names = functionsOf(entries)
  const named = names.slice(0, NAMED).join(', ')
  const last = entries[0]
  return (
    <>
      <li className={classes.row}>
        <span className={`${classes.mark} ${tones[hasTrouble ? 'warning' : 'neutral']}`}>
          <IconChevronRight size={13} aria-hidden className={isOpen ? classes.unfolded : ''} />
        </span>
        <button
          type="button"
          className={classes.open}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {plural(entries.length, 'step')}:{' '}
          <span className="h-muted">
            {named}
            {names.length > NAMED && '…'}
          </span>
        </button>
        <span className={classes.figures} />
        {last && <Clock at={last.at} />}
      </li>
      {isOpen &&
        entries.map((entry) => (
          <EntryRow key={keyOf(entry)} entry={entry} isInner onOpen={onOpen} />
        ))}
    </>
  )
}
