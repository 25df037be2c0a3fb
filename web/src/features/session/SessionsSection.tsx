import { Button } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { api, type Schemas } from '~/api/api'

import { queryClient } from '~/api/queryClient'
import { ActionButton } from '~/ui/ActionButton'
import { type Column, DataTable } from '~/ui/DataTable'
import { notifyDone, notifyProblem } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import { browserName } from './browserName'

const COLUMNS: readonly Column<Schemas['SessionListed']>[] = [
  { header: 'Browser', cell: ({ user_agent }) => browserName(user_agent) },
  { header: 'Address', width: '8rem', cell: ({ address }) => address },
  {
    header: 'Signed in',
    width: '9rem',
    from: 'md',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  { header: 'Last seen', width: '9rem', cell: ({ last_seen_at }) => <Time at={last_seen_at} /> },
  {
    header: 'Sign out',
    width: '9rem',
    align: 'right',
    onPhone: 'aside',
    cell: (session) => <EndSession session={session} />,
  },
]

export function SessionsSection() {
  const { data } = useSuspenseQuery(api.queryOptions('get', '/v1/sessions'))
  const others = data.items.filter(({ is_current }) => !is_current)
  const endOthers = api.useMutation('delete', '/v1/sessions', {
    onSuccess: () => signedOut('Signed out everywhere else'),
    onError: notifyProblem,
  })
  return (
    <Section
      title="Sessions"
      description="Where you are signed in."
      actions={
        <ActionButton
          variant="default"
          reason={others.length === 0 ? 'You are signed in nowhere else.' : undefined}
          loading={endOthers.isPending}
          onClick={() => endOthers.mutate({})}
        >
          Sign out everywhere else
        </ActionButton>
      }
      isFlush
    >
      <DataTable
        label="Sessions"
        rows={data.items}
        columns={COLUMNS}
        rowKey={({ session_id }) => session_id}
        empty={null}
      />
    </Section>
  )
}

function EndSession({ session }: { session: Schemas['SessionListed'] }) {
  const end = api.useMutation('delete', '/v1/sessions/{session_id}', {
    onSuccess: () => signedOut('Signed out there'),
    onError: notifyProblem,
  })
  if (session.is_current) return <StatusBadge status="working" look="plain" label="This browser" />
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={end.isPending}
      onClick={() => end.mutate({ params: { path: { session_id: session.session_id } } })}
    >
      Sign out
    </Button>
  )
}

function signedOut(message: string) {
  notifyDone(message)
  return queryClient.invalidateQueries({ queryKey: ['get', '/v1/sessions'] })
}
