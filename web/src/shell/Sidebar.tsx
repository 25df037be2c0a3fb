import { Kbd, UnstyledButton } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { Link, useLocation } from 'react-router'
import { MOD_KEY } from './keys'
import { LiveIndicator } from './LiveIndicator'
import { type Destination, isAt, NAVIGATION } from './navigation'
import { palette } from './palette'
import classes from './Sidebar.module.css'
import { TenantSwitcher } from './TenantSwitcher'
import { UserMenu } from './UserMenu'

type SidebarProps = { onHelp: () => void; onNavigate?: () => void }

export function Sidebar({ onHelp, onNavigate }: SidebarProps) {
  return (
    <div className={classes.sidebar}>
      <TenantSwitcher />
      <UnstyledButton className={classes.find} onClick={palette.open}>
        <IconSearch size={15} aria-hidden />
        <span>Search</span>
        <Kbd size="xs" className={classes.keys}>
          {MOD_KEY} K
        </Kbd>
      </UnstyledButton>
      <nav aria-label="Main" className={classes.nav}>
        {NAVIGATION.map(({ label, items }) => (
          <ul key={label} aria-label={label} className={classes.group}>
            {items.map((item) => (
              <li key={item.path}>
                <Item {...item} onNavigate={onNavigate} />
              </li>
            ))}
          </ul>
        ))}
      </nav>
      <div className={classes.foot}>
        <LiveIndicator />
        <UserMenu onHelp={onHelp} />
      </div>
    </div>
  )
}

type ItemProps = Destination & { onNavigate: (() => void) | undefined }

function Item({ label, path, icon: Icon, onNavigate }: ItemProps) {
  const { pathname } = useLocation()
  return (
    <Link
      to={path}
      className={classes.item}
      onClick={onNavigate}
      {...(isAt(pathname, path) && { 'aria-current': 'page' as const })}
    >
      <Icon size={17} stroke={1.6} aria-hidden />
      {label}
    </Link>
  )
}
