import classes from './CodeBlock.module.css'
import { CopyButton } from './CopyButton'

type CodeBlockProps = {
  code: string
  /** What it is, over the text: `curl`, `payload.json`. */
  label?: string
}

/** Text to read or to copy exactly. Rendered as text, whatever it holds. */
export function CodeBlock({ code, label }: CodeBlockProps) {
  return (
    <figure className={classes.block}>
      <figcaption className={classes.bar}>
        <span>{label}</span>
        <CopyButton value={code} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={classes.code} tabIndex={0}>
        {code}
      </pre>
    </figure>
  )
}
