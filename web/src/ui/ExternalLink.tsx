import { IconExternalLink } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import classes from './ExternalLink.module.css'

type ExternalLinkProps = { href: string; children: ReactNode }

/** A link that leaves the app. An address that is not of the web stays text: others wrote it. */
export function ExternalLink({ href, children }: ExternalLinkProps) {
  const isWeb = URL.canParse(href) && /^https?:$/.test(new URL(href).protocol)
  if (!isWeb) return <span>{children}</span>
  return (
    <a href={href} target="_blank" rel="noreferrer" className={`h-link ${classes.link}`}>
      {children}
      <IconExternalLink size={13} aria-label="(opens in a new tab)" />
    </a>
  )
}
