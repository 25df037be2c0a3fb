import { Alert, Button, Group } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Schemas } from '~/api/api'

import { queryClient } from '~/api/queryClient'
import { ActionButton } from '~/ui/ActionButton'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type Column, DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import { Elsewhere } from './PasskeyButton'
import { AddPasskeyForm, RenamePasskeyForm } from './PasskeyForms'
import { whyNoPasskeys } from './passkeys'
import { RecoveryCodes } from './RecoveryCodes'
import { refreshSession, refreshWithSecondFactor } from './session'

type Passkey = Schemas['PasskeyView']
type Passkeys = Schemas['Passkeys']

const COLUMNS: readonly Column<Passkey>[] = [
  { header: 'Name', cell: ({ name }) => name },
  {
    header: 'Added',
    width: '9rem',
    from: 'md',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  {
    header: 'Last used',
    width: '9rem',
    cell: ({ last_used_at }) => (last_used_at ? <Time at={last_used_at} /> : 'Never'),
  },
  {
    header: 'Actions',
    width: '13rem',
    align: 'right',
    onPhone: 'aside',
    cell: (passkey) => <Actions passkey={passkey} />,
  },
]

export function PasskeysSection() {
  const { data } = useSuspenseQuery(api.queryOptions('get', '/v1/passkeys'))
  const [isAdding, setIsAdding] = useState(false)
  const [codes, setCodes] = useState<readonly string[]>()
  const add = async (added: Schemas['AddedPasskey']) => {
    setIsAdding(false)
    if (!added.recovery_codes) return changed('Passkey added')
    // What they see next waits until the codes were seen: another page may take this one's place.
    setCodes(added.recovery_codes)
    notifyDone('Passkey added')
  }
  const closeCodes = () => {
    setCodes(undefined)
    void queryClient.invalidateQueries({ queryKey: ['get', '/v1/passkeys'] })
    void refreshWithSecondFactor()
  }
  return (
    <Section
      title="Passkeys"
      description="They sign you in without a password, by your finger, your face or a PIN."
      actions={
        <ActionButton reason={whyNot(data)} onClick={() => setIsAdding(true)}>
          Add a passkey
        </ActionButton>
      }
      isFlush={data.items.length > 0}
    >
      <DataTable
        label="Passkeys"
        rows={data.items}
        columns={COLUMNS}
        rowKey={({ passkey_id }) => passkey_id}
        empty={<Nothing passkeys={data} />}
      />
      <DetailDrawer isOpen={isAdding} onClose={() => setIsAdding(false)} title="Add a passkey">
        <AddPasskeyForm onDone={add} onCancel={() => setIsAdding(false)} />
      </DetailDrawer>
      <RecoveryCodes codes={codes} onClose={closeCodes} />
    </Section>
  )
}

/** Why none can be added in this page, as a sentence. */
function whyNot({ origin, unavailable }: Passkeys): string | undefined {
  if (unavailable) return 'There are no passkeys at the address of this server.'
  if (origin !== window.location.origin) return `Open ${origin} to add one.`
  return whyNoPasskeys()
}

function Nothing({ passkeys: { origin, unavailable } }: { passkeys: Passkeys }) {
  if (unavailable) {
    return (
      <Alert color="brand" variant="light" icon={<IconInfoCircle size={16} />} p="xs" role="note">
        {`${unavailable.charAt(0).toUpperCase()}${unavailable.slice(1)}.`}
      </Alert>
    )
  }
  if (origin && origin !== window.location.origin) return <Elsewhere origin={origin} isNote />
  return (
    <span className="h-muted">
      You have none. With one, a password alone does not open your account.
    </span>
  )
}

function Actions({ passkey }: { passkey: Passkey }) {
  const [isOpen, setIsOpen] = useState<'rename' | 'remove'>()
  const close = () => setIsOpen(undefined)
  const remove = api.useMutation('delete', '/v1/passkeys/{passkey_id}', {
    onSuccess: () => {
      close()
      return changed('Passkey removed')
    },
  })
  const path = { passkey_id: passkey.passkey_id }
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Button size="compact-xs" variant="default" onClick={() => setIsOpen('rename')}>
        Rename
      </Button>
      <Button size="compact-xs" variant="default" onClick={() => setIsOpen('remove')}>
        Remove
      </Button>
      <DetailDrawer isOpen={isOpen === 'rename'} onClose={close} title="Rename the passkey">
        <RenamePasskeyForm
          passkey={passkey}
          onCancel={close}
          onDone={() => {
            close()
            return changed('Passkey renamed')
          }}
        />
      </DetailDrawer>
      <ConfirmModal
        isOpen={isOpen === 'remove'}
        onClose={close}
        title={`Remove “${passkey.name}”`}
        confirm="Remove"
        onConfirm={() => remove.mutate({ params: { path } })}
        isPending={remove.isPending}
        error={remove.error}
        isDangerous
      >
        It opens your account no more, and you are signed out of every other browser. Remove it from
        your device or password manager as well. If it is your only second factor, your recovery
        codes stop working.
      </ConfirmModal>
    </Group>
  )
}

async function changed(message: string) {
  notifyDone(message)
  await Promise.all([
    refreshSession(),
    queryClient.invalidateQueries({ queryKey: ['get', '/v1/passkeys'] }),
  ])
}
