import { useTransition } from 'react'
import { useLocation, useNavigate } from 'react-router'

/** How one filter is read from the address. What is not understood counts as not given. */
type Parser<Value> = (text: string) => Value | undefined

type Values<Parsers extends Record<string, Parser<unknown>>> = {
  [Name in keyof Parsers]?: Exclude<ReturnType<Parsers[Name]>, undefined>
}

export const text: Parser<string> = (value) => value.trim() || undefined

export const flag: Parser<boolean> = (value) => {
  if (value === 'true') return true
  return value === 'false' ? false : undefined
}

export function oneOf<const Word extends string>(words: readonly Word[]): Parser<Word> {
  return (value) => words.find((word) => word === value)
}

/** Several words, separated by commas in the address. */
export function manyOf<const Word extends string>(words: readonly Word[]): Parser<Word[]> {
  return (value) => {
    const chosen = new Set(value.split(','))
    const known = words.filter((word) => chosen.has(word))
    return known.length > 0 ? known : undefined
  }
}

/**
 * The filters of a list, which live in the address and nowhere else:
 *
 *     const filters = defineFilters({ text, stage: oneOf(STAGES) })
 *     export const loader = ({ request }) => … filters.of(request)
 *     const { filter, setFilter } = useFilters(filters)
 */
export function defineFilters<Parsers extends Record<string, Parser<unknown>>>(parsers: Parsers) {
  const parse = (search: string): Values<Parsers> => {
    const given = new URLSearchParams(search)
    const values: Record<string, unknown> = {}
    for (const [name, parser] of Object.entries(parsers)) {
      const value = parser(given.get(name) ?? '')
      if (value !== undefined) values[name] = value
    }
    return values as Values<Parsers>
  }
  return { parse, of: (request: Request) => parse(new URL(request.url).search) }
}

export type Filters<Parsers extends Record<string, Parser<unknown>>> = ReturnType<
  typeof defineFilters<Parsers>
>

export function useFilters<Parsers extends Record<string, Parser<unknown>>>(
  filters: Filters<Parsers>,
) {
  const { search } = useLocation()
  const navigate = useNavigate()
  const [isPending, startTransition] = useTransition()
  const filter = filters.parse(search)

  const write = (changes: Record<string, unknown>) => {
    const next = new URLSearchParams(search)
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') next.delete(name)
      else next.set(name, String(value))
    }
    startTransition(async () => {
      await navigate({ search: next.toString() }, { replace: true, preventScrollReset: true })
    })
  }

  return {
    filter,
    isPending,
    isFiltered: Object.keys(filter).length > 0,
    setFilter: (changes: { [Name in keyof Values<Parsers>]?: Values<Parsers>[Name] | undefined }) =>
      write(changes),
    clear: () => write(Object.fromEntries(Object.keys(filter).map((name) => [name, undefined]))),
  }
}
