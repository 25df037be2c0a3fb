import { Button } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { memo, useState, useTransition } from 'react'
import { Place } from '~/features/flows/diagram/Place'
import { namesOf } from '~/features/flows/model/definition'
import { formatCount } from '~/lib/format'
import { Duration } from '~/ui/Duration'
import { EmptyState } from '~/ui/EmptyState'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import type { Activation, Remark } from './activations'
import { CallAttempts } from './CallAttempts'
import { costOf, formatCost } from './cost'
import classes from './Journal.module.css'

type JournalProps = {
  activations: readonly Activation[]
  remarks: readonly Remark[]
  /** The place of the error that the run ended with. */
  failedAt: string | undefined
  /** Only what was done at this place. */
  selected: string | undefined
  onSelect: (pointer: string | undefined) => void
}

const SHOWN_AT_FIRST = 100

/** What the run did, step by step; each opens to its calls. */
export function Journal({ activations, remarks, failedAt, selected, onSelect }: JournalProps) {
  const [limit, setLimit] = useState(SHOWN_AT_FIRST)
  const [isUnfolding, unfold] = useTransition()
  const chosen = selected
    ? activations.filter(({ pointer }) => isAt(pointer, selected))
    : activations
  const rows = chosen.slice(0, limit)
  const failed = activations.findLast(({ pointer }) => pointer === failedAt)
  if (activations.length === 0) {
    return <EmptyState title="Nothing was done yet" body="Steps appear here as they begin." />
  }
  return (
    <div className={classes.pane}>
      {selected && (
        <p className={classes.chosen}>
          <span className="h-cut">
            {formatCount(chosen.length)} × <strong>{namesOf(selected).join(' › ')}</strong>
          </span>
          <Button variant="subtle" color="gray" onClick={() => onSelect(undefined)}>
            Show all steps
          </Button>
        </p>
      )}
      <ol className={classes.list} aria-label="Steps in order">
        {rows.map((activation) => (
          <li key={activation.id} className={classes.item}>
            <Row
              activation={activation}
              isOpenAtFirst={chosen.length === 1 || activation === failed}
            />
          </li>
        ))}
      </ol>
      {rows.length < chosen.length && (
        <div className={classes.more}>
          <Button
            variant="subtle"
            color="gray"
            aria-busy={isUnfolding}
            onClick={() => unfold(() => setLimit(limit + SHOWN_AT_FIRST))}
          >
            Show more of {formatCount(chosen.length)}
          </Button>
        </div>
      )}
      {!selected && remarks.length > 0 && (
        <ul className={classes.remarks} aria-label="What was done to the run">
          {remarks.map(({ id, at, text }) => (
            <li key={id}>
              <Time at={at} as="full" /> {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

type RowProps = { activation: Activation; isOpenAtFirst: boolean }

/** Drawn anew only when its step has changed: a run has a thousand of them. */
const Row = memo(function Row({ activation, isOpenAtFirst }: RowProps) {
  const { pointer, startedAt, endedAt, outcome, calls } = activation
  const [isOpen, setIsOpen] = useState(isOpenAtFirst && calls.length > 0)
  const [first] = calls
  return (
    <>
      <button
        type="button"
        className={classes.row}
        aria-expanded={isOpen}
        disabled={calls.length === 0}
        onClick={() => setIsOpen(!isOpen)}
      >
        <IconChevronRight size={13} aria-hidden className={classes.chevron} />
        <span className={classes.when}>
          <Time at={startedAt} as="clock" />
        </span>
        <span className={classes.name}>
          <Place pointer={pointer} />
          {first && <span className={classes.function}>{first.function}</span>}
        </span>
        <Extras calls={calls} />
        <span className={classes.took}>
          <Duration from={first?.started_at ?? startedAt} to={calls.at(-1)?.ended_at ?? endedAt} />
        </span>
        <span className={classes.status}>
          <StatusBadge
            status={outcome ?? openWord(activation)}
            look={outcome === 'completed' ? 'icon' : 'plain'}
          />
        </span>
      </button>
      {isOpen && <CallAttempts calls={calls} />}
    </>
  )
})

function Extras({ calls }: Pick<Activation, 'calls'>) {
  const cost = costOf(calls)
  return (
    <span className={classes.extras}>
      {calls.length > 1 && <span title={`${calls.length} attempts`}>{calls.length} tries</span>}
      {cost.micros > 0 && <span title="Cost of the model">{formatCost(cost.micros)}</span>}
    </span>
  )
}

function openWord({ calls }: Activation): string {
  const last = calls.at(-1)
  return last?.status === 'started' && !last.waiting_for ? 'running' : 'waiting'
}

function isAt(pointer: string, selected: string): boolean {
  return pointer === selected || pointer.startsWith(`${selected}/`)
}
