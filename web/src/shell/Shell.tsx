import { ActionIcon, Burger, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { Outlet, ScrollRestoration } from 'react-router'

import { useSession } from '~/features/session/session'
import { VerificationDialog } from '~/features/session/VerificationDialog'
import { Mark } from '~/ui/Mark'
import { ChooseTenant } from './ChooseTenant'
import { CommandPalette } from './CommandPalette'
import { NavigationProgress } from './NavigationProgress'
import { palette } from './palette'
import { SecondFactorNeeded } from './SecondFactorNeeded'
import classes from './Shell.module.css'
import { Sidebar } from './Sidebar'
import { useShortcuts } from './shortcuts'

const ShortcutsHelp = lazy(() =>
  import('./ShortcutsHelp').then(({ ShortcutsHelp: Help }) => ({ default: Help })),
)

const MAIN_ID = 'main'

/** What surrounds every page of somebody who is signed in. */
export function Shell() {
  const { tenant, needs_second_factor } = useSession()
  if (!tenant) return <ChooseTenant />
  return needs_second_factor ? <SecondFactorNeeded /> : <TenantShell />
}

function TenantShell() {
  const [isMenuOpen, menu] = useDisclosure(false)
  const [isHelpOpen, help] = useDisclosure(false)
  useShortcuts({ onHelp: help.open })

  return (
    <div className={classes.shell}>
      <a href={`#${MAIN_ID}`} className={classes.skip}>
        Skip to content
      </a>
      <NavigationProgress />
      <aside aria-label="Sidebar" className={classes.sidebar}>
        <Sidebar onHelp={help.open} />
      </aside>
      <header className={classes.bar}>
        <Burger size="sm" opened={isMenuOpen} onClick={menu.open} aria-label="Open navigation" />
        <Mark size={24} />
        <ActionIcon size="lg" onClick={palette.open} aria-label="Search and commands">
          <IconSearch size={18} />
        </ActionIcon>
      </header>
      <Drawer.Root opened={isMenuOpen} onClose={menu.close} size="17rem">
        <Drawer.Overlay />
        <Drawer.Content aria-label="Navigation">
          <Drawer.Body className={classes.drawer ?? ''}>
            <Sidebar onHelp={help.open} onNavigate={menu.close} />
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <main id={MAIN_ID} tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
      <CommandPalette onHelp={help.open} />
      <VerificationDialog />
      {isHelpOpen && (
        <Suspense>
          <ShortcutsHelp onClose={help.close} />
        </Suspense>
      )}
      <ScrollRestoration />
    </div>
  )
}
