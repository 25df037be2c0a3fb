/** The lowest round number (1, 2 or 5, times a power of ten) at or above this one; 1 for nothing. */
export function roundUp(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((factor) => value <= factor * power) ?? 10
  return step * power
}

/** The same for counts, such that the middle is a whole number, too. */
export function roundUpWhole(value: number): number {
  const end = roundUp(value)
  return end % 2 === 0 ? end : end * 2
}
