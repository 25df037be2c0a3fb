import { Button, Modal, Stack } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'

import { plural } from '~/lib/format'
import { FormError } from '~/ui/FormError'
import { StatusBadge } from '~/ui/StatusBadge'
import { verifyAudit } from './queries'

export function VerifyButton() {
  const verify = useMutation({ mutationFn: verifyAudit })
  return (
    <>
      <Button
        variant="default"
        loading={verify.isPending}
        leftSection={<IconShieldCheck size={15} aria-hidden />}
        onClick={() => verify.mutate()}
      >
        Verify
      </Button>
      <Modal
        opened={verify.isSuccess || verify.isError}
        onClose={verify.reset}
        title="The chain of the audit log"
      >
        {verify.data && (
          <Stack gap="xs" align="flex-start">
            <StatusBadge status="working" label="Sound" />
            <div>
              {plural(verify.data.entries, 'entry', 'entries')} followed from the beginning. None is
              missing, and none was changed.
            </div>
          </Stack>
        )}
        <FormError error={verify.error} />
      </Modal>
    </>
  )
}
