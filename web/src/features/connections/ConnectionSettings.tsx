import { Stack } from '@mantine/core'
import { useState } from 'react'

import { api, idempotent, type Schemas } from '~/api/api'
import { useMay } from '~/features/session/may'
import { ActionButton } from '~/ui/ActionButton'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import { connectionsChanged } from './queries'
import { SchemaForm } from './SchemaForm'
import type { Connection } from './systems'

type ConnectionSettingsProps = {
  connector: Schemas['ConnectorView']
  connection: Connection | undefined
}

/** Settings are replaced as a whole: what is in force is sealed, and shown to nobody. */
export function ConnectionSettings({ connector, connection }: ConnectionSettingsProps) {
  const may = useMay('write:connections')
  const [isReplacing, setIsReplacing] = useState(false)
  const [header, setHeader] = useState(idempotent)
  const set = api.useMutation('put', '/v1/connections/{connector}', {
    onSuccess: async () => {
      await connectionsChanged()
      setIsReplacing(false)
      setHeader(idempotent())
      notifyDone(`${connector.title} set. Test it now`)
    },
  })
  if (connection && !isReplacing) {
    return (
      <Section
        title="Settings"
        actions={
          <ActionButton variant="default" reason={may.reason} onClick={() => setIsReplacing(true)}>
            Replace settings
          </ActionButton>
        }
      >
        Set <Time at={connection.updated_at} />. They are sealed and never shown again, so replacing
        them asks for all of them anew.
      </Section>
    )
  }
  return (
    <Section title={connection ? 'Replace settings' : 'Connect'}>
      <Stack gap="sm">
        {connection && (
          <span className="h-muted">
            What you enter replaces all settings, secrets included. What you leave empty is not set.
          </span>
        )}
        <SchemaForm
          schema={connector.settings}
          submit={connection ? 'Replace settings' : 'Connect'}
          isPending={set.isPending}
          error={set.error}
          errorsUnder="settings"
          reason={may.reason}
          onSubmit={(settings) =>
            set.mutate({
              params: { path: { connector: connector.connector }, header },
              body: { settings },
            })
          }
          {...(connection && { onCancel: () => setIsReplacing(false) })}
        />
      </Stack>
    </Section>
  )
}
