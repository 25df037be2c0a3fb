import { Button, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'

import { ShownOnce } from '~/ui/ShownOnce'

const FILE_NAME = 'handoff-recovery-codes.txt'

type RecoveryCodesProps = { codes: readonly string[] | undefined; onClose: () => void }

export function RecoveryCodes({ codes, onClose }: RecoveryCodesProps) {
  const text = codes?.join('\n')
  return (
    <ShownOnce title="Your recovery codes" label="Recovery codes" secret={text} onClose={onClose}>
      <Text size="sm">
        Each stands in once for your second factor, after the password. Keep them where you find
        them without your phone.
      </Text>
      <Button
        variant="default"
        leftSection={<IconDownload size={15} aria-hidden />}
        onClick={() => download(`${text}\n`)}
      >
        Download as a file
      </Button>
    </ShownOnce>
  )
}

function download(text: string) {
  const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = href
  link.download = FILE_NAME
  link.click()
  URL.revokeObjectURL(href)
}
