import type { ReactNode } from 'react'

export type LinkProps = {
  children: ReactNode
  className?: string
  'aria-current'?: 'page'
  'data-row-link'?: true
}

/** How a piece of `ui/` is handed a link without knowing the router. See `linkTo`. */
export type RenderLink = (props: LinkProps) => ReactNode
