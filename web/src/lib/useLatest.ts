import { useCallback, useRef } from 'react'

/** A function that stays the same and does what the latest one does, for pieces that are costly to draw. */
export function useLatest<Args extends unknown[]>(
  action: (...args: Args) => void,
): (...args: Args) => void {
  const latest = useRef(action)
  latest.current = action
  return useCallback((...args: Args) => latest.current(...args), [])
}
