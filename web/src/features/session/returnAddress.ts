import { paths } from '~/lib/paths'

/** Where to go after signing in: a page of ours, never another site. */
export function returnAddress(wanted: string | null): string {
  if (!wanted) return paths.today()
  const { origin } = window.location
  const address = URL.canParse(wanted, origin) ? new URL(wanted, origin) : undefined
  return address?.origin === origin
    ? address.pathname + address.search + address.hash
    : paths.today()
}
