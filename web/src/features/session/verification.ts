import { transportProblem } from '~/api/problem'

type Question = { answer: (isProven: boolean) => void }

let question: Question | undefined
let answered: Promise<true> | undefined
const listeners = new Set<() => void>()

/**
 * Asks the person to prove who they are; several requests that need it wait for the same answer.
 * They fail when the person would rather not.
 */
export function askForProof(): Promise<true> {
  answered ??= new Promise((resolve, reject) => {
    question = {
      answer(isProven) {
        question = answered = undefined
        tell()
        if (isProven) resolve(true)
        else reject(NOT_PROVEN)
      },
    }
    tell()
  })
  return answered
}

const NOT_PROVEN = {
  ...transportProblem(403),
  code: 'not-proven',
  title: 'Nothing was changed',
  detail: 'It needs a proof of who you are.',
}

/** What `useSyncExternalStore` needs to show the question. */
export const verification = {
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
  question: () => question,
}

function tell() {
  for (const listener of listeners) listener()
}
