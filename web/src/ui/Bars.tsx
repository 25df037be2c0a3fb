import { Tooltip } from '@mantine/core'

import classes from './Bars.module.css'
import { roundUp, roundUpWhole } from './scale'
import type { Tone } from './status'
import tones from './tone.module.css'

export type BarPart = {
  name: string
  value: number
  tone: Tone
  /** The value in words, where the chart's format would lose digits. */
  text?: string
}

export type Bar = {
  key: string
  /** What the bar stands for: `22 Nov`. */
  label: string
  parts: readonly BarPart[]
}

type BarsProps = {
  /** What is charted, for those who hear it. */
  label: string
  bars: readonly Bar[]
  format: (value: number) => string
  /** `line` in tables: without an axis, as high as a line of text. */
  look?: 'chart' | 'line'
}

/** Stacked bars over time. What they show stands in a table or in words, too. */
export function Bars({ label, bars, format, look = 'chart' }: BarsProps) {
  const highest = Math.max(0, ...bars.map(sumOf))
  if (look === 'line') {
    return (
      <div className={classes.line} role="img" aria-label={label}>
        {bars.map((bar) => (
          <div key={bar.key} className={classes.slot} title={textOf(bar, format)}>
            <Stack bar={bar} end={highest} />
          </div>
        ))}
      </div>
    )
  }
  const isWhole = highest > 0 && bars.every((bar) => Number.isInteger(sumOf(bar)))
  const end = isWhole ? roundUpWhole(highest) : roundUp(highest)
  const [first, last] = [bars[0], bars.at(-1)]
  const middle = bars.length > 4 ? bars[Math.floor(bars.length / 2)] : undefined
  return (
    <figure className={classes.chart} aria-label={label}>
      <div className={classes.axis} aria-hidden>
        <span>{highest > 0 && format(end)}</span>
        <span>{highest > 0 && format(end / 2)}</span>
        <span>{format(0)}</span>
      </div>
      <div className={classes.plot}>
        {bars.map((bar) => (
          <Tooltip key={bar.key} label={<Legend bar={bar} format={format} />} openDelay={0}>
            <div className={classes.slot} role="img" aria-label={textOf(bar, format)}>
              <Stack bar={bar} end={end} />
            </div>
          </Tooltip>
        ))}
      </div>
      <div className={classes.labels} aria-hidden>
        <span>{first?.label}</span>
        <span>{middle?.label}</span>
        <span>{last === first ? '' : last?.label}</span>
      </div>
    </figure>
  )
}

function Stack({ bar, end }: { bar: Bar; end: number }) {
  if (sumOf(bar) === 0) return <span className={classes.nothing} />
  return bar.parts
    .filter(({ value }) => value > 0)
    .map(({ name, value, tone }) => (
      <span
        key={name}
        className={`${classes.part} ${tones[tone]}`}
        style={{ height: `${(value / end) * 100}%` }}
      />
    ))
}

function Legend({ bar, format }: { bar: Bar; format: (value: number) => string }) {
  return (
    <div className={classes.legend}>
      <strong>{bar.label}</strong>
      {bar.parts.map(({ name, value, tone, text }) => (
        <span key={name} className={classes.entry}>
          <span className={`${classes.dot} ${tones[tone]}`} />
          {name}
          <span className={classes.amount}>{text ?? format(value)}</span>
        </span>
      ))}
    </div>
  )
}

function sumOf({ parts }: Bar): number {
  return parts.reduce((sum, { value }) => sum + value, 0)
}

function textOf({ label, parts }: Bar, format: (value: number) => string): string {
  const values = parts.map(({ name, value, text }) => `${name} ${text ?? format(value)}`)
  return `${label}: ${values.join(', ')}`
}
