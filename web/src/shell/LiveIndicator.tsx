import { useSyncExternalStore } from 'react'

import { createLive, type LiveState } from '~/api/live'
import { queryClient } from '~/api/queryClient'
import classes from './LiveIndicator.module.css'

const live = createLive(queryClient)

const WORDS: Record<LiveState, { label: string; hint: string }> = {
  connecting: { label: 'Connecting…', hint: 'Live updates start in a moment.' },
  live: { label: 'Live', hint: 'What happens is shown as it happens.' },
  reconnecting: {
    label: 'Reconnecting…',
    hint: 'No live updates for now. Pages are still read anew when you come back to them.',
  },
}

/** Says whether pages follow what happens. While it is shown, they do. */
export function LiveIndicator() {
  const state = useSyncExternalStore(live.subscribe, live.state)
  const { label, hint } = WORDS[state]
  return (
    <div className={classes.live} data-state={state} role="status" title={hint}>
      <span className={classes.dot} aria-hidden />
      {label}
    </div>
  )
}
