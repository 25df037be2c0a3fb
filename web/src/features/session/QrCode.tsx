import { encode } from 'uqr'

import classes from './QrCode.module.css'

type QrCodeProps = { text: string; label: string }

/** A text as a QR code, drawn here: it may be a secret, which no other site must see. */
export function QrCode({ text, label }: QrCodeProps) {
  const { size, data } = encode(text, { border: 2 })
  const dots = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  )
  return (
    <svg viewBox={`0 0 ${size} ${size}`} className={classes.code} role="img" aria-label={label}>
      <path d={dots.join('')} />
    </svg>
  )
}
