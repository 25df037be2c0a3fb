import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import type { ReactNode } from 'react'

type DownloadButtonProps = { href: string; children: ReactNode }

/** A link to a file of ours, which the browser saves under the name that the server gives it. */
export function DownloadButton({ href, children }: DownloadButtonProps) {
  return (
    <Button
      component="a"
      href={href}
      download
      variant="default"
      leftSection={<IconDownload size={15} aria-hidden />}
    >
      {children}
    </Button>
  )
}
