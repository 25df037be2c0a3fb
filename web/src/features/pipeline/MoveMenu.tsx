import { Menu, Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'

import { STAGES } from '~/features/clients/queries'
import { StatusBadge } from '~/ui/StatusBadge'
import { moveRefusal } from './board'
import type { Card, Stage } from './types'

type MoveMenuProps = {
  card: Pick<Card, 'stage' | 'movable_to' | 'company_name'>
  onMove: (to: Stage) => void
  /** Why nothing can be moved at all. */
  reason: string | undefined
  /** Whether it is open, where that is not its own to know. */
  isOpen?: boolean
  onChange?: (isOpen: boolean) => void
  /** The button that opens it. */
  children: ReactElement
}

/** The stages that a client can go to, and those that it cannot, with the reason. */
export function MoveMenu(props: MoveMenuProps) {
  const { card, onMove, reason, isOpen, onChange, children } = props
  const controlled = isOpen === undefined ? {} : { opened: isOpen, ...(onChange && { onChange }) }
  return (
    <Menu width={200} {...controlled}>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Move to…</Menu.Label>
        {STAGES.filter((stage) => stage !== card.stage).map((stage) => {
          const refusal = reason ?? moveRefusal(card, stage)
          return refusal ? (
            <RefusedStage key={stage} stage={stage} refusal={refusal} />
          ) : (
            <Menu.Item key={stage} onClick={() => onMove(stage)}>
              <StatusBadge status={stage} look="plain" />
            </Menu.Item>
          )
        })}
      </Menu.Dropdown>
    </Menu>
  )
}

// It can still be focused, so that its reason is read.
function RefusedStage({ stage, refusal }: { stage: Stage; refusal: string }) {
  return (
    <Tooltip label={refusal} position="left" events={{ hover: true, focus: true, touch: true }}>
      <Menu.Item aria-disabled closeMenuOnClick={false} opacity={0.45}>
        <StatusBadge status={stage} look="plain" tone="neutral" />
      </Menu.Item>
    </Tooltip>
  )
}
