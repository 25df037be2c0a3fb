import { IconKeyboard, IconMoon, IconSettings, IconSun, IconUser } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import { SECTIONS } from '~/features/settings/sections'
import { paths } from '~/lib/paths'
import { NAVIGATION } from './navigation'

export type Command = {
  id: string
  label: string
  keywords: readonly string[]
  icon: ReactNode
  hint?: string
  run: () => void
}

export type CommandGroup = { label: string; commands: readonly Command[] }

/** What commands are made of: everything that the palette may do. */
export type Tools = {
  go: (path: string) => void
  setColorScheme: (scheme: 'light' | 'dark') => void
  onHelp: () => void
}

/** Every page and command, grouped as in the navigation. */
export function allCommands({ go, setColorScheme, onHelp }: Tools): readonly CommandGroup[] {
  const pages = NAVIGATION.map(({ label, items }) => ({
    label,
    commands: items.map(({ label: name, path, icon: Icon, shortcut, keywords = [] }) => ({
      id: path,
      label: name,
      keywords,
      icon: <Icon size={17} stroke={1.6} />,
      hint: `g ${shortcut}`,
      run: () => go(path),
    })),
  }))
  const settings = SECTIONS.flatMap(({ label, items }) =>
    items.map(({ label: name, path }) => ({
      id: `settings ${path}`,
      label: name,
      keywords: [label, 'settings'],
      icon: <IconSettings size={17} stroke={1.6} />,
      run: () => go(path),
    })),
  )
  const commands: readonly Command[] = [
    {
      id: 'account',
      label: 'Your account',
      keywords: ['password', 'sessions'],
      icon: <IconUser size={17} stroke={1.6} />,
      run: () => go(paths.account()),
    },
    {
      id: 'light',
      label: 'Light theme',
      keywords: ['colours'],
      icon: <IconSun size={17} stroke={1.6} />,
      run: () => setColorScheme('light'),
    },
    {
      id: 'dark',
      label: 'Dark theme',
      keywords: ['colours'],
      icon: <IconMoon size={17} stroke={1.6} />,
      run: () => setColorScheme('dark'),
    },
    {
      id: 'shortcuts',
      label: 'Keyboard shortcuts',
      keywords: ['help', 'keys'],
      icon: <IconKeyboard size={17} stroke={1.6} />,
      hint: '?',
      run: onHelp,
    },
  ]
  return [...pages, { label: 'Settings', commands: settings }, { label: 'Commands', commands }]
}

/** The commands whose name or keywords have a word that begins so. */
export function matching(groups: readonly CommandGroup[], text: string): readonly CommandGroup[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return groups
  const fits = ({ label, keywords }: Command) =>
    [label, ...keywords].some((name) => ` ${name.toLowerCase()}`.includes(` ${wanted}`))
  return groups
    .map(({ label, commands }) => ({ label, commands: commands.filter(fits) }))
    .filter(({ commands }) => commands.length > 0)
}
