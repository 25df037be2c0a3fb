import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useRef } from 'react'
import { Link } from 'react-router'

import { useSession } from '~/features/session/session'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Described } from '~/ui/Described'
import { Time } from '~/ui/Time'
import tones from '~/ui/tone.module.css'
import { AskPopover } from './AskPopover'
import { type Act, actionsOf, type ItemAction, type Refusals } from './actions'
import { describe } from './describe'
import classes from './ItemRow.module.css'
import type { TodayItem } from './items'
import { TaskDrawer } from './TaskDrawer'
import { focusBeside } from './useRowKeys'

type ItemRowProps = {
  item: TodayItem
  /** On a client's own page, its name is not repeated. */
  isOfOneClient?: boolean
  onAct: (itemKey: string, act: Act, answer?: string) => void
}

/** Something that waits, with what can be done about it. */
export function ItemRow({ item, isOfOneClient = false, onAct }: ItemRowProps) {
  const row = useRef<HTMLLIElement>(null)
  const refusal = useRefusals()
  const { icon: Icon, tone, title, path, details, at, client } = describe(item)

  const take = (act: Act, answer?: string) => {
    focusBeside(row.current)
    onAct(item.key, act, answer)
  }

  return (
    <li ref={row} className={classes.row} data-row>
      <span className={`${classes.mark} ${tones[tone]}`}>
        <Icon size={15} aria-hidden />
      </span>
      <div className={classes.text}>
        <div className={classes.line}>
          <Link to={path} className={classes.title} data-row-link>
            <Described text={title} />
          </Link>
          {client && !isOfOneClient && (
            <TextLink to={paths.client(client.id)} className={classes.client ?? ''}>
              {client.name}
            </TextLink>
          )}
        </div>
        <div className={classes.details}>
          {details.map(({ key, text, isUrgent }) => (
            <span key={key} className={isUrgent ? classes.urgent : classes.detail}>
              {text}
            </span>
          ))}
        </div>
      </div>
      <span className={classes.when}>{at && <Time at={at} />}</span>
      <div className={classes.actions}>
        {actionsOf(item, refusal).map((action) => (
          <ActionControl key={action.label} action={action} onTake={take} />
        ))}
      </div>
    </li>
  )
}

type ActionControlProps = {
  action: ItemAction
  onTake: (act: Act, answer?: string) => void
}

function ActionControl({ action, onTake }: ActionControlProps) {
  const { label, key, reason } = action
  if (reason) {
    return (
      <ActionButton variant="default" size="compact-sm" reason={reason} aria-keyshortcuts={key}>
        {label}
      </ActionButton>
    )
  }
  if (action.kind === 'open') {
    return (
      <Button
        component={Link}
        to={action.path}
        variant="default"
        size="compact-sm"
        aria-keyshortcuts={key}
      >
        {label}
      </Button>
    )
  }
  if (action.kind === 'answer') return <AnswerButton action={action} />
  if (action.ask) {
    return (
      <AskPopover
        label={label}
        shortcut={key}
        question={action.ask}
        onAnswer={(answer) => onTake(action, answer)}
      />
    )
  }
  return (
    <Button
      variant="default"
      size="compact-sm"
      aria-keyshortcuts={key}
      onClick={() => onTake(action)}
    >
      {label}
    </Button>
  )
}

function AnswerButton({ action }: { action: Extract<ItemAction, { kind: 'answer' }> }) {
  const [isOpen, drawer] = useDisclosure(false)
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        aria-keyshortcuts={action.key}
        onClick={drawer.open}
      >
        {action.label}
      </Button>
      <TaskDrawer humanTaskId={action.humanTaskId} isOpen={isOpen} onClose={drawer.close} />
    </>
  )
}

function useRefusals(): Refusals {
  const { role, permissions } = useSession()
  return (permission) =>
    permissions.includes(permission)
      ? undefined
      : `Your role, ${role}, does not have the permission ${permission}.`
}
