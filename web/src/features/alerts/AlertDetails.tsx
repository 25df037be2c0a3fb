import { Button, Group, Stack } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'

import { api, idempotent, type Schemas } from '~/api/api'
import { useMay } from '~/features/session/may'
import { ActionButton } from '~/ui/ActionButton'
import { Id } from '~/ui/CopyButton'
import { Described } from '~/ui/Described'
import { FormError } from '~/ui/FormError'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { notifyDone } from '~/ui/notify'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import classes from './AlertDetails.module.css'
import { kindOf, placesOf, timesOf } from './kinds'
import { alertsChanged } from './queries'

type AlertDetailsProps = { alert: Schemas['AlertView']; onDone: () => void }

export function AlertDetails({ alert, onDone }: AlertDetailsProps) {
  const { alert_id, title, severity, kind, cause, detail, resolved_at } = alert
  const may = useMay('write:alerts')
  const [header] = useState(idempotent)
  const resolve = api.useMutation('post', '/v1/alerts/{alert_id}/resolution', {
    onSuccess: async () => {
      onDone()
      await alertsChanged()
      notifyDone('Alert resolved')
    },
  })
  const { help, label } = kindOf(kind)
  return (
    <Stack gap="md">
      <div>
        <h3 className={classes.title}>
          <Described text={title} />
        </h3>
        <Group gap="xs">
          <StatusBadge status={severity} />
          {resolved_at && <StatusBadge status="resolved" />}
        </Group>
      </div>
      {help && <p className={classes.help}>{help}</p>}
      <Group gap="xs">
        {placesOf(kind, cause, detail).map((place) => (
          <Button key={place.path} component={Link} to={place.path} variant="default">
            {place.label}
          </Button>
        ))}
        {!resolved_at && (
          <ActionButton
            reason={may.reason}
            loading={resolve.isPending}
            leftSection={<IconCheck size={15} aria-hidden />}
            onClick={() => resolve.mutate({ params: { path: { alert_id }, header } })}
          >
            Resolve
          </ActionButton>
        )}
      </Group>
      <FormError error={resolve.error} />
      <KeyValue
        facts={[
          { label: 'Kind', value: `${label} (${kind})` },
          { label: 'Cause', value: cause, hint: 'While it is open, this cause is counted here' },
          { label: 'Happened', value: timesOf(alert) },
          { label: 'First', value: <Time at={alert.first_at} as="full" /> },
          { label: 'Last', value: <Time at={alert.last_at} as="full" /> },
          { label: 'Resolved', value: resolved_at && <Time at={resolved_at} as="full" /> },
          { label: 'Id', value: <Id value={alert_id} /> },
        ]}
      />
      {hasDetail(detail) && <JsonView value={detail} label="Detail, of the latest time" />}
    </Stack>
  )
}

function hasDetail(detail: unknown): boolean {
  return typeof detail === 'object' && detail !== null && Object.keys(detail).length > 0
}
