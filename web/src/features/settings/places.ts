import { ENGLISH } from '~/lib/format'

type Option = { value: string; label: string }

/** What the browser knows, with the one in force, which it may not know. */
export function timeZoneOptions(current: string): Option[] {
  return known('timeZone', [current, 'UTC']).map((value) => ({
    value,
    label: value.replaceAll('_', ' '),
  }))
}

export function currencyOptions(current: string): Option[] {
  const names = new Intl.DisplayNames(ENGLISH, { type: 'currency' })
  return known('currency', [current]).map((value) => ({
    value,
    label: `${value}, ${names.of(value) ?? value}`,
  }))
}

function known(what: 'timeZone' | 'currency', extra: readonly string[]): string[] {
  return [...new Set([...extra, ...Intl.supportedValuesOf(what)])].sort()
}
