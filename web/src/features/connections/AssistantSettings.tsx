import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { useMay } from '~/features/session/may'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { connectionsChanged } from './queries'
import { SchemaForm } from './SchemaForm'

export const assistantIntegration = () =>
  api.queryOptions('get', '/v1/settings/mwd_assistant_integration')

/** The one connection whose settings are shown, and whose secrets stay when they are left empty. */
export function AssistantSettings({ connector }: { connector: Schemas['ConnectorView'] }) {
  const { data } = useSuspenseQuery(assistantIntegration())
  const may = useMay('write:connections')
  const [header, setHeader] = useState(idempotent)
  const set = api.useMutation('put', '/v1/settings/mwd_assistant_integration', {
    onSuccess: async () => {
      await connectionsChanged()
      setHeader(idempotent())
      notifyDone('Assistant set')
    },
  })
  const settings = data.mwd_assistant_integration
  const isSet = 'agent_api_url' in settings
  return (
    <Section title="Settings">
      <SchemaForm
        key={JSON.stringify(settings)}
        schema={connector.settings}
        {...(isSet && { known: settings })}
        submit="Save"
        isPending={set.isPending}
        error={set.error}
        errorsUnder="mwd_assistant_integration"
        reason={may.reason}
        onSubmit={(next) =>
          set.mutate({ params: { header }, body: { mwd_assistant_integration: next } })
        }
      />
    </Section>
  )
}
