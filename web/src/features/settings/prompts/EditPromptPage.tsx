import { useDisclosure } from '@mantine/hooks'
import { IconArrowBackUp, IconUpload } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { flushSync } from 'react-dom'
import { type LoaderFunctionArgs, useNavigate, useParams } from 'react-router'

import type { Schemas } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { LeaveGuard } from '~/features/flows/LeaveGuard'
import { useMay } from '~/features/session/may'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { SettingsFrame } from '../SettingsFrame'
import { publishReason, usePromptDraft } from './draft'
import { type PromptPane, PromptWorkbench } from './PromptWorkbench'
import { PublishModal } from './PublishModal'
import { promptDetail, promptVersions } from './queries'

export function loader({ params: { name = '' } }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(promptDetail(name))
  void queryClient.prefetchQuery(promptVersions(name))
  return null
}

export default function EditPromptPage() {
  const { name = '' } = useParams()
  const { data: prompt } = useSuspenseQuery(promptDetail(name))
  return <Editing key={name} prompt={prompt} />
}

/** The text as it is changed. What comes in meanwhile must not pass for seen. */
function Editing({ prompt }: { prompt: Schemas['PromptDetail'] }) {
  const { name, title } = prompt
  const { data: versions } = useSuspenseQuery(promptVersions(name))
  const [begun] = useState(prompt.text)
  const [seenLabel, setSeenLabel] = useState(prompt.label)
  const [isPublished, setPublished] = useState(false)
  const [pane, setPane] = useState<PromptPane>('text')
  const [isPublishing, publishing] = useDisclosure(false)
  const draft = usePromptDraft(name, begun)
  const mayWrite = useMay('write:flows')
  const navigate = useNavigate()
  const leave = () => {
    // Before the guard is asked whether there is something to lose.
    flushSync(() => setPublished(true))
    void navigate(paths.prompt(name))
  }
  const compare = async () => {
    const now = await queryClient.fetchQuery({ ...promptDetail(name), staleTime: 0 })
    await queryClient.invalidateQueries({ queryKey: promptVersions(name).queryKey })
    setSeenLabel(now.label)
    setPane('compare')
    publishing.close()
  }
  return (
    <SettingsFrame
      title={`Edit ${title}`}
      description={`In use is ${seenLabel}. The schema of the answer stays as it is.`}
      parent={{ label: title, link: linkTo(paths.prompt(name)) }}
      actions={
        <>
          <ActionButton
            variant="default"
            reason={draft.isChanged ? undefined : 'Nothing was changed.'}
            leftSection={<IconArrowBackUp size={15} aria-hidden />}
            onClick={() => draft.setText(begun)}
          >
            Discard changes
          </ActionButton>
          <ActionButton
            reason={mayWrite.reason ?? publishReason(draft)}
            leftSection={<IconUpload size={15} aria-hidden />}
            onClick={publishing.open}
          >
            Publish
          </ActionButton>
        </>
      }
    >
      <PromptWorkbench
        prompt={prompt}
        versions={versions.items}
        draft={draft}
        pane={pane}
        onPane={setPane}
        isReadOnly={!mayWrite.allowed}
      />
      <PublishModal
        isOpen={isPublishing}
        onClose={publishing.close}
        name={name}
        title={title}
        text={draft.text}
        seenLabel={seenLabel}
        onPublished={leave}
        onCompare={() => void compare()}
      />
      <LeaveGuard isChanged={draft.isChanged && !isPublished} what="prompt" />
    </SettingsFrame>
  )
}
