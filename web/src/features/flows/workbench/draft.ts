import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'

import type { Definition } from '../model/definition'
import { parseDefinition } from '../model/parse'
import { checkedFlow } from '../queries'

const READ_DELAY_MS = 150
const CHECK_DELAY_MS = 350

/** A text that is written, what it says, and what the checker finds in it. */
export function useDraft(base: string) {
  const [source, setSource] = useState(base)
  // Reading it and drawing its diagram takes longer than a key that is held down.
  const [read] = useDebouncedValue(source, READ_DELAY_MS)
  const { definition, last, fault } = useDefinition(read)
  const [settled] = useDebouncedValue(source, CHECK_DELAY_MS)
  const check = useQuery({ ...checkedFlow(settled), enabled: settled.trim() !== '' })
  return {
    source,
    setSource,
    isChanged: source !== base,
    /** What the text says now; absent while it is no YAML. */
    definition,
    /** What it said when it last was. */
    last,
    /** Why it says nothing now, as soon as nobody types. */
    fault: settled === source ? fault : undefined,
    problems: check.data?.problems ?? [],
    /** Undefined until the checker has seen this very text. */
    isValid: settled === source && !check.isPlaceholderData ? check.data?.is_valid : undefined,
    checkError: check.error,
  }
}

export type Draft = ReturnType<typeof useDraft>

function useDefinition(source: string) {
  const { definition, fault } = useMemo(() => parseDefinition(source), [source])
  const [last, setLast] = useState<Definition | undefined>(definition)
  if (definition && definition !== last) setLast(definition)
  return { definition, fault, last: definition ?? last }
}
