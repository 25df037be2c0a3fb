import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { allTasks, type Definition } from '~/features/flows/model/definition'
import { flowVersions } from '~/features/flows/queries'
import { useMay } from '~/features/session/may'
import { ActionButton } from '~/ui/ActionButton'
import type { Run } from '../contract'
import { type RunAction, runReason } from '../reasons'
import { CancelRunModal } from './CancelRunModal'
import { LOOKS } from './looks'
import { MoveRunModal } from './MoveRunModal'
import { PauseRunModal } from './PauseRunModal'
import { RestartRunModal } from './RestartRunModal'
import classes from './RunActions.module.css'
import { SendEventModal } from './SendEventModal'
import { SkipStepModal } from './SkipStepModal'
import { ResumeRunModal, RetryRunModal } from './TakeUpModals'

type RunActionsProps = { run: Run; definition: Definition | undefined }

/** All that can be done with a run. What cannot be done now says why. */
export function RunActions({ run, definition }: RunActionsProps) {
  const [open, setOpen] = useState<RunAction>()
  const may = useMay('write:runs')
  const versions = useQuery(flowVersions(run.flow)).data?.items
  const listens = definition && listensOf(definition)
  const facts = {
    run,
    listens,
    otherVersions: versions?.filter(({ version }) => version !== run.version).length,
  }
  const reason = (action: RunAction) => may.reason ?? runReason(action, facts)
  const modal = { run, onClose: () => setOpen(undefined) }

  return (
    <>
      <Menu width={300}>
        <Menu.Target>
          <ActionIcon variant="default" size={32} aria-label="All actions">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {IN_MENU.map((action) => (
            <Item
              key={action}
              action={action}
              reason={reason(action)}
              onOpen={() => setOpen(action)}
            />
          ))}
        </Menu.Dropdown>
      </Menu>
      {prominent(run.status).map((action) => {
        const { label, icon: Icon } = LOOKS[action]
        return (
          <ActionButton
            key={action}
            reason={reason(action)}
            variant={isMain(action) ? 'filled' : 'default'}
            leftSection={<Icon size={15} aria-hidden />}
            onClick={() => setOpen(action)}
          >
            {label}
          </ActionButton>
        )
      })}
      {open === 'pause' && <PauseRunModal {...modal} />}
      {open === 'resume' && <ResumeRunModal {...modal} />}
      {open === 'retry' && <RetryRunModal {...modal} />}
      {open === 'skip' && <SkipStepModal {...modal} />}
      {open === 'restart' && <RestartRunModal {...modal} />}
      {open === 'move' && <MoveRunModal {...modal} versions={versions ?? []} />}
      {open === 'send_event' && <SendEventModal {...modal} listens={listens ?? []} />}
      {open === 'cancel' && <CancelRunModal {...modal} />}
    </>
  )
}

const IN_MENU: readonly RunAction[] = [
  'pause',
  'resume',
  'retry',
  'skip',
  'send_event',
  'move',
  'restart',
  'cancel',
]

/** What a person most likely wants, the main thing last. */
function prominent(status: Run['status']): RunAction[] {
  if (status === 'faulted') return ['skip', 'retry']
  if (status === 'suspended') return ['cancel', 'resume']
  if (status === 'completed' || status === 'cancelled') return ['restart']
  return ['cancel', 'pause']
}

/** What a run that stands still needs. */
function isMain(action: RunAction): boolean {
  return action === 'retry' || action === 'resume'
}

type ItemProps = { action: RunAction; reason: string | undefined; onOpen: () => void }

function Item({ action, reason, onOpen }: ItemProps) {
  const { label, icon: Icon, isDangerous } = LOOKS[action]
  return (
    <Menu.Item
      className={classes.item ?? ''}
      leftSection={<Icon size={15} aria-hidden />}
      disabled={reason !== undefined}
      {...(isDangerous && { color: 'red' })}
      onClick={onOpen}
    >
      {label}
      {reason && <span className={classes.reason}>{reason}</span>}
    </Menu.Item>
  )
}

/** The types of events that the flow’s tasks listen for. */
function listensOf(definition: Definition): string[] {
  const details = allTasks([...definition.tasks, ...definition.functions])
    .filter(({ kind }) => kind === 'listen')
    .flatMap(({ detail }) => detail?.split(/ or | and /) ?? [])
  return [...new Set(details)]
}
