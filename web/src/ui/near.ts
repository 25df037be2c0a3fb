import { useCallback, useState } from 'react'

/** How far from what is seen is near: about a screen. */
const MARGIN = '900px 0px'

type Listener = (isNear: boolean, element: Element) => void

const listeners = new WeakMap<Element, Listener>()
let observer: IntersectionObserver | undefined

/** Says when an element comes near to what is seen, and when it is far again; returns how to stop. */
export function onNear(element: Element, listener: Listener): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        listeners.get(target)?.(isIntersecting, target)
    },
    { rootMargin: MARGIN },
  )
  listeners.set(element, listener)
  observer.observe(element)
  return () => {
    listeners.delete(element)
    observer?.unobserve(element)
  }
}

/**
 * Whether an element is near to what is seen, and how high it was when it last was. What has the
 * focus stays.
 */
export function useNear(isNearAtFirst: boolean) {
  const [place, setPlace] = useState<{ isNear: boolean; height?: number }>({
    isNear: isNearAtFirst,
  })
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined
    return onNear(element, (isNear) => {
      if (!isNear && element.contains(document.activeElement)) return
      setPlace((before) => {
        if (before.isNear === isNear) return before
        return isNear ? { ...before, isNear } : { isNear, height: element.offsetHeight }
      })
    })
  }, [])
  return { ref, ...place }
}
