import { type RefObject, useEffect } from 'react'

const SEQUENCE_MS = 1_200

/**
 * The keys of a list of things to do: j and k move along its rows, and the keys that a row's buttons
 * name in `aria-keyshortcuts` press them. After `g`, a letter goes to a page and is not ours.
 */
export function useRowKeys(list: RefObject<HTMLElement | null>) {
  useEffect(() => {
    let goPressedAt = Number.NEGATIVE_INFINITY

    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return
      const isAfterGo = event.timeStamp - goPressedAt < SEQUENCE_MS
      goPressedAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
      if (!isAfterGo && list.current && press(list.current, event.key)) event.preventDefault()
    }

    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [list])
}

/** Gives the focus to the row after this one, or before it: this one is about to go. */
export function focusBeside(row: HTMLElement | null) {
  const rows = rowsOf(document)
  const index = row ? rows.indexOf(row) : -1
  const beside = rows[index + 1] ?? rows[index - 1]
  if (index !== -1 && beside) focusRow(beside)
}

function press(list: HTMLElement, key: string): boolean {
  const rows = rowsOf(list)
  const current = rows.findIndex((row) => row.contains(document.activeElement))
  if (key === 'j' || key === 'k') {
    const next = current === -1 ? 0 : current + (key === 'j' ? 1 : -1)
    const row = rows[Math.min(Math.max(next, 0), rows.length - 1)]
    if (row) focusRow(row)
    return row !== undefined
  }
  const button = [
    ...(rows[current]?.querySelectorAll<HTMLElement>('[aria-keyshortcuts]') ?? []),
  ].find((one) => one.getAttribute('aria-keyshortcuts') === key)
  button?.click()
  return button !== undefined
}

function rowsOf(root: ParentNode): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('[data-row]')]
}

function focusRow(row: HTMLElement) {
  row.querySelector<HTMLElement>('[data-row-link]')?.focus()
  row.scrollIntoView({ block: 'nearest' })
}

function isElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null
  )
}
