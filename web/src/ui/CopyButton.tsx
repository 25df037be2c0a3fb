import { ActionIcon, CopyButton as Copying, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'

import classes from './CopyButton.module.css'

type CopyButtonProps = {
  value: string
  /** What is copied, for the tooltip: `Copy run id`. */
  label?: string
}

export function CopyButton({ value, label = 'Copy' }: CopyButtonProps) {
  return (
    <Copying value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : label}>
          <ActionIcon size="sm" onClick={copy} aria-label={copied ? 'Copied' : label}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </Copying>
  )
}

type IdProps = {
  /** A TypeID, such as `run_01h455vb4pex5vsknk084sn02q`. */
  value: string
  /** Shown whole instead of by its last characters. */
  isWhole?: boolean
}

/** An id to recognise and to copy: its kind and its last characters, which differ the most. */
export function Id({ value, isWhole = false }: IdProps) {
  return (
    <span className={classes.id}>
      <code className="h-mono" title={value}>
        {isWhole ? value : shortId(value)}
      </code>
      <CopyButton value={value} label="Copy id" />
    </span>
  )
}

export function shortId(id: string): string {
  const kind = id.lastIndexOf('_') + 1
  return id.length - kind > 12 ? `${id.slice(0, kind)}…${id.slice(-6)}` : id
}
