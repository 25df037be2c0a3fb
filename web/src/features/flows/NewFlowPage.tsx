import { Select } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconDeviceFloppy } from '@tabler/icons-react'
import { useState } from 'react'
import { flushSync } from 'react-dom'
import { useNavigate, useSearchParams } from 'react-router'

import { useMay } from '~/features/session/may'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { Page } from '~/ui/Page'
import { LeaveGuard } from './LeaveGuard'
import { saveReason } from './reasons'
import { SaveFlowModal } from './SaveFlowModal'
import { TEMPLATES } from './templates'
import { useDraft } from './workbench/draft'
import { paneOf, withPane } from './workbench/pane'
import { Workbench } from './workbench/Workbench'

const [FIRST] = TEMPLATES

export default function NewFlowPage() {
  const draft = useDraft(FIRST.source)
  const [template, setTemplate] = useState<string>(FIRST.value)
  const [isSaving, saving] = useDisclosure(false)
  const [isDone, setIsDone] = useState(false)
  const [search, setSearch] = useSearchParams()
  const mayWrite = useMay('write:flows')
  const navigate = useNavigate()

  const begin = (value: string | null) => {
    const chosen = TEMPLATES.find((one) => one.value === value)
    if (!chosen) return
    setTemplate(chosen.value)
    draft.setSource(chosen.source)
  }

  return (
    <Page
      title="New flow"
      width="full"
      parent={{ label: 'Flows', link: linkTo(paths.flows()) }}
      description="Written in the Open Workflow Specification’s language. The diagram and the checks follow as you type; nothing runs before it is saved."
      actions={
        <>
          <Select
            aria-label="Begin with"
            data={TEMPLATES.map(({ value, label }) => ({ value, label }))}
            value={template}
            onChange={begin}
          />
          <ActionButton
            reason={mayWrite.reason ?? saveReason(draft, undefined)}
            leftSection={<IconDeviceFloppy size={15} aria-hidden />}
            onClick={saving.open}
          >
            Save
          </ActionButton>
        </>
      }
    >
      <Workbench
        draft={draft}
        pane={paneOf(search)}
        onPane={(pane) => setSearch(withPane(pane), { replace: true })}
        others={[]}
        isReadOnly={!mayWrite.allowed}
      />
      {draft.definition && (
        <SaveFlowModal
          isOpen={isSaving}
          onClose={saving.close}
          source={draft.source}
          definition={draft.definition}
          versions={[]}
          onSaved={({ name }) => {
            // At once, so that leaving for the saved flow is not asked about.
            flushSync(() => setIsDone(true))
            void navigate(paths.flow(name))
          }}
        />
      )}
      <LeaveGuard isChanged={!isDone && !TEMPLATES.some(({ source }) => source === draft.source)} />
    </Page>
  )
}
