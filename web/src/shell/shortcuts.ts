import { useEffect } from 'react'
import { useNavigate } from 'react-router'

import { undoLatest } from '~/ui/notify'
import { DESTINATIONS } from './navigation'

const SEQUENCE_MS = 1_200

type ShortcutsOptions = { onHelp: () => void }

/**
 * The keys that work on every page: `g` and a letter, `/`, `?`, and `mod+Z`. `mod+K` is the palette's
 * own.
 */
export function useShortcuts({ onHelp }: ShortcutsOptions) {
  const navigate = useNavigate()

  useEffect(() => {
    let goPressedAt = Number.NEGATIVE_INFINITY

    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target)) return
      if (isWithModifier(event)) pressWithModifier(event)
      else pressAlone(event)
    }

    const pressWithModifier = (event: KeyboardEvent) => {
      if (isUndo(event) && undoLatest()) event.preventDefault()
    }

    const pressAlone = (event: KeyboardEvent) => {
      const isSecond = event.timeStamp - goPressedAt < SEQUENCE_MS
      goPressedAt = event.key === 'g' && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY
      if (isSecond) go(event.key)
      else press(event)
    }

    const go = (second: string) => {
      const destination = DESTINATIONS.find(({ shortcut }) => shortcut === second)
      if (destination) void navigate(destination.path)
    }

    const press = (event: KeyboardEvent) => {
      if (event.key === '?') onHelp()
      if (event.key === '/' && focusSearch()) event.preventDefault()
    }

    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate, onHelp])
}

function isWithModifier({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey
}

function isUndo({ key, altKey, shiftKey }: KeyboardEvent): boolean {
  return key === 'z' && !altKey && !shiftKey
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('input[data-search-filter]')
  field?.focus()
  field?.select()
  return field !== null
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null)
  )
}
