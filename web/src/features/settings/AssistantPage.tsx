import { useSuspenseQuery } from '@tanstack/react-query'

import { Part } from '~/api/Part'
import { queryClient } from '~/api/queryClient'
import { AssistantSettings, assistantIntegration } from '~/features/connections/AssistantSettings'
import { connectorList } from '~/features/connections/queries'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { EmptyState } from '~/ui/EmptyState'
import { SettingsFrame } from './SettingsFrame'
import classes from './SettingsFrame.module.css'

const ASSISTANT = 'assistant'

export function loader() {
  void queryClient.prefetchQuery(connectorList())
  void queryClient.prefetchQuery(assistantIntegration())
  return null
}

export default function AssistantPage() {
  return (
    <SettingsFrame
      title="Assistant"
      description={
        <>
          Where the assistant is that assesses intakes and writes deliverables, and what it may do.{' '}
          <TextLink to={paths.connection(ASSISTANT)}>Its status and calls</TextLink>
        </>
      }
    >
      <div className={classes.form}>
        <Part>
          <Assistant />
        </Part>
      </div>
    </SettingsFrame>
  )
}

function Assistant() {
  const { data } = useSuspenseQuery(connectorList())
  const connector = data.items.find((it) => it.connector === ASSISTANT)
  if (!connector) return <EmptyState title="This program speaks to no assistant" />
  return <AssistantSettings connector={connector} />
}
