import { useMantineColorScheme } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { useNavigate } from 'react-router'

import { api } from '~/api/api'
import { formatRelative } from '~/lib/format'
import { allCommands, matching } from './commands'
import { useEarlyKeys } from './earlyKeys'
import { addressOf, FOUND_KINDS, found, wordsOf } from './found'
import { paletteStore } from './palette'

type CommandPaletteProps = { onHelp: () => void }

/** Passed on to its scroll area, which its types do not say: what scrolls is reached by the keyboard. */
const SCROLLED = { viewportProps: { tabIndex: 0 } }

const SEARCH_DELAY_MS = 180
const SHORTEST_SEARCH = 2

/** `mod+K`: every page and command by its name, and everything in the tenant by a part of its. */
export function CommandPalette({ onHelp }: CommandPaletteProps) {
  const navigate = useNavigate()
  const { setColorScheme } = useMantineColorScheme()
  const [text, setText] = useState('')
  const go = (path: string) => void navigate(path)
  const groups = matching(allCommands({ go, setColorScheme, onHelp }), text)
  const search = useSearch(text)
  useEarlyKeys(useCallback((key: string) => setText((before) => before + key), []))

  return (
    <Spotlight.Root
      store={paletteStore}
      query={text}
      onQueryChange={setText}
      shortcut="mod + K"
      scrollable
      attributes={{ content: { 'aria-label': 'Search and commands' } }}
      maxHeight={460}
      centered={false}
      yOffset="12vh"
      overlayProps={{ backgroundOpacity: 0.3, blur: 0 }}
    >
      <Spotlight.Search
        leftSection={<IconSearch size={17} />}
        placeholder="Find a client, an invoice, a run, or a page"
        aria-label="Search everything, or go to a page"
        onKeyDown={({ key, currentTarget }) => key === 'Enter' && openFirst(currentTarget)}
      />
      <Spotlight.ActionsList {...SCROLLED}>
        {groups.map(({ label, commands }) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {commands.map((command) => (
              <Spotlight.Action
                key={command.id}
                label={command.label}
                leftSection={command.icon}
                rightSection={command.hint}
                onClick={command.run}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {search.groups.map(({ kind, items }) => {
          const { label, icon: Icon } = FOUND_KINDS[kind]
          return (
            <Spotlight.ActionsGroup key={kind} label={label}>
              {items.map((item) => (
                <Spotlight.Action
                  key={item.id}
                  label={item.title}
                  {...(item.subtitle && { description: wordsOf(item.subtitle) })}
                  leftSection={<Icon size={17} stroke={1.6} />}
                  rightSection={formatRelative(item.at)}
                  onClick={() => go(addressOf(item))}
                />
              ))}
            </Spotlight.ActionsGroup>
          )
        })}
        {groups.length === 0 && search.groups.length === 0 && (
          <Spotlight.Empty>{search.isPending ? 'Searching…' : 'Nothing found.'}</Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

/** What was found after the last key is not chosen yet: Enter means the first of it. */
function openFirst(search: HTMLElement) {
  const palette = search.closest('[role="dialog"]')
  if (palette?.querySelector('[data-action][data-selected]')) return
  palette?.querySelector<HTMLElement>('[data-action]')?.click()
}

function useSearch(typed: string) {
  const [text] = useDebouncedValue(typed.trim(), SEARCH_DELAY_MS)
  const isAsked = text.length >= SHORTEST_SEARCH
  const { data, isFetching } = useQuery({
    ...api.queryOptions('get', '/v1/search', { params: { query: { text } } }),
    enabled: isAsked,
    placeholderData: keepPreviousData,
  })
  return {
    groups: isAsked ? found(data?.items ?? []) : [],
    isPending: isFetching || text !== typed.trim(),
  }
}
