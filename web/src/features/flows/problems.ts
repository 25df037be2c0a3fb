import type { FlowProblem } from './types'

/** A problem in one sentence, with the word that was probably meant. */
export function messageOf({ message, did_you_mean }: FlowProblem): string {
  return did_you_mean && !message.includes('did you mean')
    ? `${message}; did you mean \`${did_you_mean}\`?`
    : message
}
