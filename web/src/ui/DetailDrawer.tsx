import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'

type DetailDrawerProps = {
  isOpen: boolean
  onClose: () => void
  title: ReactNode
  /** `wide` for what is read and written in long lines. */
  width?: 'normal' | 'wide'
  children: ReactNode
}

const WIDTHS = { normal: 'min(40rem, 100vw)', wide: 'min(60rem, 100vw)' }

/** Details of one row beside its list, so that the list stays in sight. */
export function DetailDrawer(props: DetailDrawerProps) {
  const { isOpen, onClose, title, width = 'normal', children } = props
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      title={title}
      position="right"
      size={WIDTHS[width]}
      closeButtonProps={{ 'aria-label': 'Close details' }}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      {children}
    </Drawer>
  )
}
