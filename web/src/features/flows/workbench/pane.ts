import type { Pane } from './Workbench'

/** What stands beside the diagram, by the address. */
export function paneOf(search: URLSearchParams): Pane {
  const pane = search.get('pane')
  return pane === 'try' || pane === 'compare' ? pane : 'yaml'
}

export function withPane(pane: Pane): (before: URLSearchParams) => URLSearchParams {
  return (before) => {
    const next = new URLSearchParams(before)
    if (pane === 'yaml') next.delete('pane')
    else next.set('pane', pane)
    return next
  }
}
