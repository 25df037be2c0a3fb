let opened: BroadcastChannel | undefined

/** One for sending and receiving, because a channel does not hear itself. */
function channel(): BroadcastChannel {
  opened ??= new BroadcastChannel('handoff-session')
  return opened
}

/**
 * Goes on with another session. A page load, not a navigation: nothing of whoever was signed in
 * before is left. Other tabs learn of it, because the session is the browser's.
 */
export function enter(address: string) {
  channel().postMessage('changed')
  window.location.assign(address)
}

/** Goes to a page of another site, from which the browser comes back. */
export function leaveFor(url: string) {
  window.location.assign(url)
}

/** Says what to do when another tab goes on with another session. Said once, at the start. */
export function onOtherSession(handler: () => void) {
  channel().addEventListener('message', handler)
}

/** Begins anew with the session that the browser has now, on the same page. */
export function startAgain() {
  window.location.reload()
}
