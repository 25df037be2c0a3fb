import { Menu, UnstyledButton } from '@mantine/core'
import { IconCheck, IconSelector } from '@tabler/icons-react'
import { api } from '~/api/api'

import { enter } from '~/features/session/otherTabs'
import { useSession } from '~/features/session/session'
import { paths } from '~/lib/paths'
import { Mark } from '~/ui/Mark'
import { notifyProblem } from '~/ui/notify'
import classes from './TenantSwitcher.module.css'

export function TenantSwitcher() {
  const { tenant, tenants } = useSession()
  const switchTo = useSwitchTenant()
  const hasOthers = tenants.length > 1
  const face = (
    <>
      <Mark size={22} />
      <span className={classes.name} title={tenant?.name}>
        {tenant?.name}
      </span>
    </>
  )
  if (!hasOthers) return <div className={classes.switcher}>{face}</div>
  return (
    <Menu position="bottom-start" width="target">
      <Menu.Target>
        <UnstyledButton className={classes.switcher} aria-label={`Tenant ${tenant?.name}; switch`}>
          {face}
          <IconSelector size={15} aria-hidden className={classes.arrow} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Tenants</Menu.Label>
        {tenants.map(({ tenant_id, name, role }) => (
          <Menu.Item
            key={tenant_id}
            onClick={() => switchTo.mutate({ body: { tenant_id } })}
            disabled={tenant_id === tenant?.tenant_id}
            rightSection={
              tenant_id === tenant?.tenant_id ? (
                <IconCheck size={14} aria-label="current" />
              ) : (
                <span className="h-faint">{role}</span>
              )
            }
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** A page load follows, so that nothing of one tenant is seen in another. */
export function useSwitchTenant() {
  return api.useMutation('put', '/v1/session/tenant', {
    onSuccess: () => enter(paths.today()),
    onError: notifyProblem,
  })
}
