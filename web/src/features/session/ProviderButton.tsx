import { Alert, Button, Divider, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useSearchParams } from 'react-router'
import { api, type Schemas } from '~/api/api'

import { FormError } from '~/ui/FormError'
import { leaveFor } from './otherTabs'
import { returnMessage, useProviderName } from './provider'

type ProviderButtonProps = {
  begin: Schemas['BeginProviderSignIn']
  /** What stands before the provider's name. */
  verb: string
  size?: 'sm'
  /** Something else can be done, too: a line between the two. */
  isAlternative?: boolean
}

/** Sends the browser to the provider; nothing where there is none. */
export function ProviderButton({ begin, verb, size, isAlternative }: ProviderButtonProps) {
  const name = useProviderName()
  const go = api.useMutation('post', '/v1/session/provider', {
    onSuccess: ({ url }) => leaveFor(url),
  })
  if (!name) return null
  return (
    <Stack gap="sm">
      {isAlternative && <Divider label="or" />}
      <FormError error={go.error} />
      <Button
        variant="default"
        fullWidth={size === 'sm'}
        {...(size && { size })}
        loading={go.isPending || go.isSuccess}
        onClick={() => go.mutate({ body: begin })}
      >
        {verb} {name}
      </Button>
    </Stack>
  )
}

/** What went wrong at the provider, when the browser comes back from there. */
export function ProviderReturn() {
  const [search] = useSearchParams()
  const name = useProviderName()
  const code = search.get('problem')
  if (!code) return null
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={16} />} role="alert" p="xs">
      {returnMessage(code, name)}
    </Alert>
  )
}
