import { useEffect } from 'react'

import { paletteStore } from './palette'

/** Keys that leave the palette, or move in it, whoever has the focus. */
const PALETTE_KEYS = ['Escape', 'Tab']

/**
 * What is typed in the instant between `mod+K` and the palette's field having the focus: it belongs in
 * the field, and never presses what has the focus on the page below.
 */
export function useEarlyKeys(type: (key: string) => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey } = event
      const isAlone = !ctrlKey && !metaKey && !altKey
      if (!isAlone || PALETTE_KEYS.includes(key) || !isEarly(event.target)) return
      event.preventDefault()
      event.stopImmediatePropagation()
      if (isText(key)) type(key)
    }

    document.addEventListener('keydown', onKey, { capture: true })
    return () => document.removeEventListener('keydown', onKey, { capture: true })
  }, [type])
}

function isEarly(target: EventTarget | null): boolean {
  const isInDialog = target instanceof Element && target.closest('[role="dialog"]') !== null
  return paletteStore.getState().opened && !isInDialog
}

/** Keys that write have their own letter for a name; the others have words. */
function isText(key: string): boolean {
  return [...key].length === 1
}
