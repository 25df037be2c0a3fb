/** Moves the focus between cards as the arrows point; `m` opens the focused card's menu. */
export function focusTowards(key: string, target: EventTarget): boolean {
  const card = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-card]') : null
  if (!card || !(target instanceof HTMLElement) || !target.matches('[data-card-link]')) return false
  if (key === 'm') {
    card.querySelector<HTMLElement>('[data-card-menu]')?.click()
    return true
  }
  const next = neighbour(key, card)
  next?.querySelector<HTMLElement>('[data-card-link]')?.focus()
  return next !== undefined
}

function neighbour(key: string, card: HTMLElement): HTMLElement | undefined {
  const column = card.closest('[data-column]')
  if (!column) return undefined
  const cards = cardsOf(column)
  const index = cards.indexOf(card)
  if (key === 'ArrowDown' || key === 'j') return cards[index + 1]
  if (key === 'ArrowUp' || key === 'k') return cards[index - 1]
  if (key === 'ArrowRight') return beside(column, 'nextElementSibling', index)
  if (key === 'ArrowLeft') return beside(column, 'previousElementSibling', index)
  return undefined
}

// Columns without a card are passed over.
function beside(
  column: Element,
  side: 'nextElementSibling' | 'previousElementSibling',
  index: number,
): HTMLElement | undefined {
  for (let next = column[side]; next; next = next[side]) {
    const cards = cardsOf(next)
    const card = cards[Math.min(index, cards.length - 1)]
    if (card) return card
  }
  return undefined
}

function cardsOf(column: Element): HTMLElement[] {
  return [...column.querySelectorAll<HTMLElement>('[data-card]')]
}
