import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { checkedPrompt } from './queries'

const CHECK_DELAY_MS = 350

/** A text that is written, and what the server finds wrong with it. */
export function usePromptDraft(name: string, base: string) {
  const [text, setText] = useState(base)
  const [settled] = useDebouncedValue(text, CHECK_DELAY_MS)
  const check = useQuery(checkedPrompt(name, settled))
  return {
    text,
    setText,
    isChanged: text !== base,
    problems: check.data?.problems ?? [],
    /** Undefined until the server has seen this very text. */
    isValid: settled === text && !check.isPlaceholderData ? check.data?.is_valid : undefined,
    checkError: check.error,
  }
}

export type PromptDraft = ReturnType<typeof usePromptDraft>

/** Why a text cannot be published now. */
export function publishReason({
  isChanged,
  isValid,
  problems,
}: Pick<PromptDraft, 'isChanged' | 'isValid' | 'problems'>): string | undefined {
  if (!isChanged) return 'Nothing was changed.'
  if (isValid === undefined) return 'The text is being checked.'
  if (isValid) return undefined
  const first = problems.find(({ severity }) => severity === 'error')
  return first ? `Line ${first.line}: ${first.message}.` : 'The text cannot be used.'
}
