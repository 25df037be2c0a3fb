import { ActionIcon } from '@mantine/core'
import { IconArrowsExchange, IconChecklist, IconCircleX } from '@tabler/icons-react'
import { type DragEvent, memo, useState } from 'react'
import { Link } from 'react-router'

import { formatMoney, plural } from '~/lib/format'
import { paths } from '~/lib/paths'
import { Time } from '~/ui/Time'
import tones from '~/ui/tone.module.css'
import { openCount } from './board'
import classes from './ClientCard.module.css'
import { MoveMenu } from './MoveMenu'
import type { Card, Stage } from './types'

type ClientCardProps = {
  card: Card
  reason: string | undefined
  onDrag: (card: Card | undefined) => void
  onMove: (card: Card, to: Stage) => void
}

/** Drawn anew only when the client has changed: a board has hundreds of them. */
export const ClientCard = memo(function ClientCard(props: ClientCardProps) {
  const { card, reason, onDrag, onMove } = props
  const { client_id, company_name, contact_name, value = [], stage_since } = card
  const hasFigures = value.length > 0 || openCount(card) > 0

  const start = (event: DragEvent) => {
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', company_name)
    onDrag(card)
  }

  return (
    <li
      className={classes.card}
      data-card
      draggable={!reason}
      onDragStart={start}
      onDragEnd={() => onDrag(undefined)}
    >
      <Link
        to={paths.client(client_id)}
        className={classes.name}
        title={company_name}
        draggable={false}
        data-card-link
      >
        {company_name}
      </Link>
      <div className={classes.line}>
        <span className={classes.contact}>{contact_name}</span>
        <span className={classes.end}>
          <span className={classes.age}>
            <Time at={stage_since} as="age" />
          </span>
          <MoveButton card={card} reason={reason} onMove={onMove} />
        </span>
      </div>
      {hasFigures && (
        <div className={classes.line}>
          <span className={classes.value}>{value.map(formatMoney).join(' + ')}</span>
          <Open card={card} />
        </div>
      )}
    </li>
  )
})

/** Opens the menu of stages. The menu is made with the first press: a board has hundreds of cards. */
function MoveButton({ card, reason, onMove }: Omit<ClientCardProps, 'onDrag'>) {
  const [isOpen, setIsOpen] = useState<boolean>()
  const button = (
    <ActionIcon
      size="sm"
      className={classes.move ?? ''}
      aria-label={`Move ${card.company_name} to…`}
      aria-haspopup="menu"
      title="Move to… (m)"
      data-card-menu
      {...(isOpen === undefined && { onClick: () => setIsOpen(true) })}
    >
      <IconArrowsExchange size={14} />
    </ActionIcon>
  )
  if (isOpen === undefined) return button
  return (
    <MoveMenu
      card={card}
      reason={reason}
      isOpen={isOpen}
      onChange={setIsOpen}
      onMove={(to) => onMove(card, to)}
    >
      {button}
    </MoveMenu>
  )
}

/** What waits for somebody. */
function Open({ card: { open_human_tasks = 0, failed_runs = 0 } }: { card: Card }) {
  const tasks = plural(open_human_tasks, 'open task')
  const runs = plural(failed_runs, 'failed run')
  return (
    <span className={classes.open}>
      {open_human_tasks > 0 && (
        <span className={`${classes.badge} ${tones.warning}`} title={tasks}>
          <IconChecklist size={12} aria-label={tasks} />
          {open_human_tasks}
        </span>
      )}
      {failed_runs > 0 && (
        <span className={`${classes.badge} ${tones.danger}`} title={runs}>
          <IconCircleX size={12} aria-label={runs} />
          {failed_runs}
        </span>
      )}
    </span>
  )
}
