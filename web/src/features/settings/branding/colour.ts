/** Whether white text can be read on this colour, as WCAG reckons contrast (4.5 to 1). */
export function carriesWhite(hex: string): boolean {
  return contrastWithWhite(hex) >= 4.5
}

export function contrastWithWhite(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  )
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

export function isColour(text: string): boolean {
  return /^#[0-9A-Fa-f]{6}$/.test(text)
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}
