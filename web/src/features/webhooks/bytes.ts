const ROW_BYTES = 16
const REPLACEMENT = '\uFFFD'

export type HexRow = { offset: string; hex: string; text: string }

/** The text's bytes in UTF-8, sixteen on each row, as `hexdump -C` shows them. */
export function hexRows(text: string): HexRow[] {
  const bytes = new TextEncoder().encode(text)
  const rows: HexRow[] = []
  for (let start = 0; start < bytes.length; start += ROW_BYTES) {
    const row = [...bytes.subarray(start, start + ROW_BYTES)]
    rows.push({
      offset: start.toString(16).padStart(8, '0'),
      hex: row.map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
      text: row.map(printable).join(''),
    })
  }
  return rows
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

/** Whether some bytes were no UTF-8, and the text has stand-ins for them. */
export function isBinary(text: string): boolean {
  return text.includes(REPLACEMENT)
}

/** The JSON that a text is, or nothing. */
export function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
}
