export type Bump = 'patch' | 'minor' | 'major'

const VERSION = /^(\d+)\.(\d+)\.(\d+)/

/** The version after this one. */
export function bumped(version: string, by: Bump): string {
  const [, major = 0, minor = 0, patch = 0] = (VERSION.exec(version) ?? []).map(Number)
  if (by === 'major') return `${major + 1}.0.0`
  return by === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`
}

/** The highest of the versions, or `0.0.0`. */
export function highest(versions: readonly string[]): string {
  return versions.reduce((top, version) => (isHigher(version, top) ? version : top), '0.0.0')
}

export function isHigher(version: string, than: string): boolean {
  const [a, b] = [numbers(version), numbers(than)]
  const at = a.findIndex((number, index) => number !== b[index])
  return at !== -1 && (a[at] ?? 0) > (b[at] ?? 0)
}

function numbers(version: string): number[] {
  return (VERSION.exec(version) ?? []).slice(1).map(Number)
}
