import { Button } from '@mantine/core'

import { useSession } from '~/features/session/session'
import { useSwitchTenant } from './TenantSwitcher'

/** The other tenants that the person may go to, a button each. */
export function TenantChoice() {
  const { tenant: active, tenants } = useSession()
  const switchTo = useSwitchTenant()
  return tenants
    .filter(({ tenant_id }) => tenant_id !== active?.tenant_id)
    .map(({ tenant_id, name, role }) => (
      <Button
        key={tenant_id}
        variant="default"
        size="sm"
        justify="space-between"
        rightSection={<span className="h-faint">{role}</span>}
        loading={switchTo.isPending && switchTo.variables.body.tenant_id === tenant_id}
        onClick={() => switchTo.mutate({ body: { tenant_id } })}
      >
        {name}
      </Button>
    ))
}
