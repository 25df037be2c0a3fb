import { type DragEvent, useState } from 'react'
import { Link } from 'react-router'

import { formatCount, formatMoney, plural } from '~/lib/format'
import { paths } from '~/lib/paths'
import { StatusBadge } from '~/ui/StatusBadge'
import { STATUSES } from '~/ui/status'
import classes from './Board.module.css'
import { moveRefusal } from './board'
import { ClientCard } from './ClientCard'
import type { Card, PipelineStage, Stage } from './types'

type ColumnProps = {
  column: PipelineStage
  /** The card that is being dragged over the board. */
  dragged: Card | undefined
  /** Why nothing can be moved at all. */
  reason: string | undefined
  searched: string | undefined
  onDrag: (card: Card | undefined) => void
  onDrop: () => void
  onMove: (card: Card, to: Stage) => void
}

export function Column(props: ColumnProps) {
  const { column, dragged, reason, searched, onDrag, onDrop, onMove } = props
  const { stage, count, value = [], cards } = column
  const [isOver, setIsOver] = useState(false)
  const refusal = dragged && dragged.stage !== stage ? moveRefusal(dragged, stage) : undefined
  const isTarget = dragged !== undefined && dragged.stage !== stage && !refusal

  const drag = (event: DragEvent) => {
    if (!dragged) return
    event.preventDefault()
    setIsOver(true)
  }
  const leave = (event: DragEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(false)
    onDrop()
  }

  return (
    <section
      className={classes.column}
      aria-label={STATUSES[stage].label}
      data-column={stage}
      data-target={isTarget || undefined}
      data-refused={refusal ? true : undefined}
      data-over={(dragged && isOver) || undefined}
      onDragOver={drag}
      onDragLeave={leave}
      onDrop={drop}
    >
      <header className={classes.head}>
        <div className={classes.headLine}>
          <StatusBadge status={stage} look="plain" />
          <span className={classes.count} title={plural(count, 'client')}>
            {formatCount(count)}
          </span>
        </div>
        <div className={classes.sum}>{value.map(formatMoney).join(' + ')}</div>
      </header>
      {refusal && isOver && <p className={classes.refusal}>{refusal}</p>}
      <ul className={classes.cards}>
        {cards.map((card) => (
          <ClientCard
            key={card.client_id}
            card={card}
            reason={reason}
            onDrag={onDrag}
            onMove={onMove}
          />
        ))}
        {cards.length === 0 && <li className={classes.none}>No clients</li>}
        {count > cards.length && cards.length > 0 && (
          <li className={classes.rest}>
            <Link
              className="h-link"
              to={{ pathname: paths.clients(), search: searchOf(stage, searched) }}
            >
              All {formatCount(count)} in Clients
            </Link>
          </li>
        )}
      </ul>
    </section>
  )
}

function searchOf(stage: Stage, text: string | undefined): string {
  return new URLSearchParams({ stage, ...(text && { text }) }).toString()
}
