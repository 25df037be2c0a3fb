import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'

type DetailDrawerProps = {
  isOpen: boolean
  onClose: () => void
  title: ReactNode
  children: ReactNode
}

/** Details of one row beside its list, so that the list stays in sight. */
export function DetailDrawer({ isOpen, onClose, title, children }: DetailDrawerProps) {
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      title={title}
      position="right"
      size="min(40rem, 100vw)"
      closeButtonProps={{ 'aria-label': 'Close details' }}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      {children}
    </Drawer>
  )
}
