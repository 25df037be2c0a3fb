import { Button, Group, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '~/api/api'
import { Part } from '~/api/Part'
import { plural } from '~/lib/format'
import { given } from '~/lib/given'
import { PERIOD_OPTIONS, type Period, sinceOf } from '~/lib/periods'
import { sentenceOf } from '~/lib/sentence'
import { ActionButton } from '~/ui/ActionButton'
import { shortId } from '~/ui/CopyButton'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { StatusBadge } from '~/ui/StatusBadge'
import { STATUSES } from '~/ui/status'
import {
  DELIVERY_STATUSES,
  receivedReplaysPreview,
  replayReceived,
  webhooksChanged,
} from './queries'
import classes from './Replay.module.css'

type ReplayReceivedManyProps = { isOpen: boolean; onClose: () => void }

/** As many are read again with one request. */
const BATCH = 100
const TYPING_MS = 300

export function ReplayReceivedMany({ isOpen, onClose }: ReplayReceivedManyProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Replay received webhooks" size="lg">
      <Choice onClose={onClose} />
    </Modal>
  )
}

const STATUS_OPTIONS = DELIVERY_STATUSES.map((value) => ({ value, label: STATUSES[value].label }))
const OUTCOMES = [
  { value: 'none', label: 'It started none' },
  { value: 'faulted', label: 'Faulted' },
  { value: 'cancelled', label: 'Cancelled' },
  { value: 'open', label: 'Goes on' },
  { value: 'completed', label: 'Completed' },
] as const

function Choice({ onClose }: { onClose: () => void }) {
  const [status, setStatus] = useState<Schemas['DeliveryStatus'] | undefined>('invalid')
  const [period, setPeriod] = useState<Period>('24h')
  const [outcome, setOutcome] = useState<Schemas['RunOutcome']>()
  const [type, setType] = useState('')
  const [typed] = useDebouncedValue(type.trim(), TYPING_MS)
  // The beginning is fixed while the choice stays, so that what is done is what was shown.
  const [since, setSince] = useState(() => sinceOf('24h'))
  const body = given({
    status,
    run_outcome: outcome,
    type: typed || undefined,
    since,
    limit: BATCH,
  })
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label="Status"
          placeholder="Any status"
          data={STATUS_OPTIONS}
          value={status ?? null}
          onChange={(value) => setStatus(DELIVERY_STATUSES.find((known) => known === value))}
          clearable
        />
        <Select
          label="Received within"
          data={[...PERIOD_OPTIONS]}
          value={period}
          onChange={(value) => {
            const chosen = PERIOD_OPTIONS.find((option) => option.value === value)?.value ?? '24h'
            setPeriod(chosen)
            setSince(sinceOf(chosen))
          }}
        />
        <TextInput
          label="Event type"
          placeholder="Any type"
          value={type}
          onChange={(event) => setType(event.currentTarget.value)}
        />
        <Select
          label="Its run"
          placeholder="Whatever became of it"
          data={[...OUTCOMES]}
          value={outcome ?? null}
          onChange={(value) => setOutcome(OUTCOMES.find((known) => known.value === value)?.value)}
          clearable
        />
      </SimpleGrid>
      <Part key={JSON.stringify(body)}>
        <Preview body={body} onClose={onClose} />
      </Part>
    </Stack>
  )
}

type PreviewProps = { body: Omit<Schemas['ReplayWebhooks'], 'dry_run'>; onClose: () => void }

function Preview({ body, onClose }: PreviewProps) {
  const { data: preview } = useSuspenseQuery(receivedReplaysPreview(body))
  const replay = useMutation({
    mutationFn: replayReceived,
    onSuccess: async ({ replayed, changed }) => {
      await webhooksChanged()
      notifyDone(`${plural(replayed, 'webhook')} replayed, ${changed} accepted now`)
      onClose()
    },
  })
  const { items, changed, next_cursor } = preview
  return (
    <>
      <div>
        {items.length === 0 && 'No webhook fits.'}
        {items.length > 0 && (
          <>
            {next_cursor && 'More than '}
            {plural(items.length, 'webhook')} {items.length === 1 ? 'fits' : 'fit'}.{' '}
            <strong>{changed === 0 ? 'None' : changed}</strong>{' '}
            {next_cursor ? `of the oldest ${BATCH} would change.` : 'would change.'}
          </>
        )}
      </div>
      {items.length > 0 && (
        <ul className={classes.list}>
          {items.map(({ delivery_id, outcome, detail }) => (
            <li key={delivery_id} className={classes.row}>
              <code className="h-mono" title={delivery_id}>
                {shortId(delivery_id)}
              </code>
              <span className={classes.grow}>{sentenceOf(detail)}</span>
              {outcome !== 'unchanged' && <StatusBadge status={outcome} look="plain" />}
            </li>
          ))}
        </ul>
      )}
      <FormError error={replay.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <ActionButton
          loading={replay.isPending}
          reason={items.length === 0 ? 'No webhook fits the choice.' : undefined}
          onClick={() => replay.mutate(body)}
        >
          Replay {next_cursor ? 'all of them' : plural(items.length, 'webhook')}
        </ActionButton>
      </Group>
    </>
  )
}
