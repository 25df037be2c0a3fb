import type { ReactNode } from 'react'
import { Link } from 'react-router'

import type { RenderLink } from '~/ui/link'

/** A link to one of our pages, for the pieces in `ui/`, which know no router. */
export function linkTo(path: string): RenderLink {
  return ({ children, ...props }) => (
    <Link to={path} {...props}>
      {children}
    </Link>
  )
}

type TextLinkProps = { to: string; children: ReactNode; className?: string }

/** A link in a text or a table. */
export function TextLink({ to, children, className }: TextLinkProps) {
  return (
    <Link to={to} className={className ?? 'h-link'}>
      {children}
    </Link>
  )
}
