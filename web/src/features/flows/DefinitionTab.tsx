import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconArrowBackUp,
  IconDeviceFloppy,
  IconDots,
  IconPlayerPlay,
  IconPower,
} from '@tabler/icons-react'
import { useNavigate } from 'react-router'

import type { Schemas } from '~/api/api'
import { useMay } from '~/features/session/may'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { FlowFrame } from './FlowFrame'
import { LeaveGuard } from './LeaveGuard'
import { saveReason, startReason } from './reasons'
import { SaveFlowModal } from './SaveFlowModal'
import { StartRunModal } from './StartRunModal'
import { SwitchOffModal } from './SwitchOffModal'
import type { FlowVersionDetail } from './types'
import type { Comparable } from './workbench/ComparePane'
import { type Draft, useDraft } from './workbench/draft'
import { type Pane, Workbench } from './workbench/Workbench'

type DefinitionTabProps = {
  flow: string
  version: FlowVersionDetail
  versions: readonly Schemas['FlowVersion'][]
  isOff: boolean
  readOnlyReason: string | undefined
  pane: Pane
  onPane: (pane: Pane) => void
}

/** The flow in use, to read, to change and to try. */
export function DefinitionTab(props: DefinitionTabProps) {
  const { flow, version, versions, isOff, readOnlyReason, pane, onPane } = props
  const draft = useDraft(version.source)
  const { last } = draft
  return (
    <FlowFrame
      flow={flow}
      title={last?.title || flow}
      version={version}
      versionCount={versions.length}
      isOff={isOff}
      tab="definition"
      description={last?.startSentence ?? 'not readable'}
      actions={<Actions {...props} draft={draft} />}
    >
      <Workbench
        draft={draft}
        pane={pane}
        onPane={onPane}
        others={comparables(flow, versions)}
        isReadOnly={readOnlyReason !== undefined}
      />
      <LeaveGuard isChanged={draft.isChanged} />
    </FlowFrame>
  )
}

function Actions(props: DefinitionTabProps & { draft: Draft }) {
  const { flow, version, versions, isOff, readOnlyReason, draft } = props
  const [isSaving, saving] = useDisclosure(false)
  const [isStarting, starting] = useDisclosure(false)
  const [isSwitching, switching] = useDisclosure(false)
  const mayStart = useMay('write:runs')
  const navigate = useNavigate()
  return (
    <>
      <Menu>
        <Menu.Target>
          <ActionIcon variant="default" size={32} aria-label="More actions">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconArrowBackUp size={15} />}
            disabled={!draft.isChanged}
            onClick={() => draft.setSource(version.source)}
          >
            Discard changes
          </Menu.Item>
          <Menu.Item
            leftSection={<IconPower size={15} />}
            color="red"
            disabled={isOff || readOnlyReason !== undefined}
            onClick={switching.open}
          >
            Switch off
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ActionButton
        variant="default"
        reason={mayStart.reason ?? startReason({ isOff })}
        leftSection={<IconPlayerPlay size={15} aria-hidden />}
        onClick={starting.open}
      >
        Start a run
      </ActionButton>
      <ActionButton
        reason={readOnlyReason ?? saveReason(draft, flow)}
        leftSection={<IconDeviceFloppy size={15} aria-hidden />}
        onClick={saving.open}
      >
        Save
      </ActionButton>
      {draft.definition && (
        <SaveFlowModal
          isOpen={isSaving}
          onClose={saving.close}
          source={draft.source}
          definition={draft.definition}
          versions={versions}
          onSaved={saving.close}
        />
      )}
      <StartRunModal
        isOpen={isStarting}
        onClose={starting.close}
        flow={flow}
        version={version.version}
        source={version.source}
        onStarted={(runId) => void navigate(paths.run(runId))}
      />
      <SwitchOffModal
        isOpen={isSwitching}
        onClose={switching.close}
        flow={flow}
        openRuns={version.open_runs}
        versions={versions}
      />
    </>
  )
}

/** The versions to compare with: the shipped one first, then the latest. */
function comparables(flow: string, versions: readonly Schemas['FlowVersion'][]): Comparable[] {
  return versions
    .toSorted((a, b) => Number(b.shipped) - Number(a.shipped))
    .map(({ digest, version, shipped, in_use }) => {
      const notes = [shipped && 'shipped', in_use && 'in use'].filter(Boolean).join(', ')
      return { flow, digest, label: notes ? `${version} (${notes})` : version }
    })
}
