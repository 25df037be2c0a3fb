import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { api } from '~/api/api'

import { ConfirmModal } from '~/ui/ConfirmModal'
import { Section } from '~/ui/Section'
import { RecoveryCodes } from './RecoveryCodes'

/** For whoever has a second factor that can be lost. */
export function RecoveryCodesSection() {
  const [codes, setCodes] = useState<readonly string[]>()
  const [isOpen, dialog] = useDisclosure(false)
  const renew = api.useMutation('post', '/v1/recovery-codes', {
    onSuccess: ({ recovery_codes }) => {
      setCodes(recovery_codes)
      dialog.close()
    },
  })
  return (
    <Section
      title="Recovery codes"
      actions={
        <Button variant="default" onClick={dialog.open}>
          New recovery codes
        </Button>
      }
    >
      <span className="h-muted">
        Each stands in once for a passkey or the app, after the password.
      </span>
      <ConfirmModal
        isOpen={isOpen}
        onClose={dialog.close}
        title="Make new recovery codes"
        confirm="Make new codes"
        onConfirm={() => renew.mutate({})}
        isPending={renew.isPending}
        error={renew.error}
      >
        Those you have now stop working.
      </ConfirmModal>
      <RecoveryCodes codes={codes} onClose={() => setCodes(undefined)} />
    </Section>
  )
}
