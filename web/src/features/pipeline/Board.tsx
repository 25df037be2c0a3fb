import { useMediaQuery } from '@mantine/hooks'
import { type KeyboardEvent, useCallback, useState } from 'react'

import { useMay } from '~/features/session/may'
import { notifyProblem } from '~/ui/notify'
import classes from './Board.module.css'
import { moveRefusal } from './board'
import { Column } from './Column'
import { focusTowards } from './focus'
import { StageChoice } from './StageChoice'
import type { Card, PipelineStage, Stage } from './types'
import { useMoveClient } from './useMoveClient'

type BoardProps = {
  stages: readonly PipelineStage[]
  /** The stage that a small screen shows. */
  shownStage: Stage
  onShowStage: (stage: Stage) => void
  searched: string | undefined
}

export function Board({ stages, shownStage, onShowStage, searched }: BoardProps) {
  const isSmall = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const may = useMay('write:clients')
  const { mutate: move } = useMoveClient()
  const [dragged, setDragged] = useState<Card>()

  const moveTo = useCallback(
    (card: Card, to: Stage) => {
      const refusal = may.reason ?? moveRefusal(card, to)
      if (refusal) notifyProblem(refusedMove(refusal))
      else {
        move({ clientId: card.client_id, companyName: card.company_name, from: card.stage, to })
      }
    },
    [may.reason, move],
  )
  const drop = (to: Stage) => {
    if (dragged && dragged.stage !== to) moveTo(dragged, to)
    setDragged(undefined)
  }

  return (
    <>
      {isSmall && <StageChoice stages={stages} value={shownStage} onChange={onShowStage} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows move between the links inside */}
      <div className={classes.board} onKeyDown={onArrow}>
        {stages
          .filter(({ stage }) => !isSmall || stage === shownStage)
          .map((column) => (
            <Column
              key={column.stage}
              column={column}
              dragged={dragged}
              reason={may.reason}
              searched={searched}
              onDrag={setDragged}
              onDrop={() => drop(column.stage)}
              onMove={moveTo}
            />
          ))}
      </div>
    </>
  )
}

function onArrow(event: KeyboardEvent) {
  if (focusTowards(event.key, event.target)) event.preventDefault()
}

function refusedMove(detail: string) {
  return {
    type: 'about:blank',
    title: 'The client cannot go there',
    status: 409,
    code: 'client-stage-unreachable',
    detail,
  }
}
