import { NumberInput, Radio, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, idempotent } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { plural } from '~/lib/format'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { retention } from './queries'
import { SettingsFrame } from './SettingsFrame'
import classes from './SettingsFrame.module.css'

export function loader() {
  void queryClient.prefetchQuery(retention())
  return null
}

const USUAL_DAYS = 365
const DAYS_MAX = 36_500

export default function RetentionPage() {
  const { data } = useSuspenseQuery(retention())
  const days = data.run_days ?? null
  return (
    <SettingsFrame title="Retention" description="How long what has ended is kept.">
      <div className={classes.form}>
        <Section title="Runs of flows">
          <RetentionForm key={days} days={days} />
        </Section>
      </div>
    </SettingsFrame>
  )
}

function RetentionForm({ days }: { days: number | null }) {
  const may = useMay('write:tenant')
  const [header] = useState(idempotent)
  const [isForEver, setIsForEver] = useState(days === null)
  const [wanted, setWanted] = useState<number | string>(days ?? USUAL_DAYS)
  const [isAsking, asking] = useDisclosure(false)
  const next = isForEver ? null : Number(wanted)
  const isShorter = next !== null && next < (days ?? Number.POSITIVE_INFINITY)
  const set = api.useMutation('put', '/v1/retention', {
    onSuccess: async () => {
      asking.close()
      await queryClient.invalidateQueries({ queryKey: retention().queryKey })
      notifyDone('Retention saved')
    },
  })
  const save = () => set.mutate({ params: { header }, body: { run_days: next } })
  const reason = () => {
    if (may.reason) return may.reason
    if (!isForEver && wanted === '') return 'Enter a number of days.'
    return next === days ? 'Nothing was changed.' : undefined
  }
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isShorter) asking.open()
          else save()
        }}
      >
        <Stack gap="sm">
          <Radio.Group
            label="Keep them"
            description="A run is removed with its journal and with what it asked people for. Events, clients and what the run did stay. A run that has not ended is never removed."
            value={isForEver ? 'ever' : 'days'}
            onChange={(value) => setIsForEver(value === 'ever')}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="days" label="For some time after their end" />
              <Radio value="ever" label="For ever" />
            </Stack>
          </Radio.Group>
          <NumberInput
            label="Days"
            min={1}
            max={DAYS_MAX}
            allowDecimal={false}
            value={wanted}
            onChange={setWanted}
            disabled={isForEver}
            w="10rem"
          />
          <FormError error={set.error} />
          <FormButtons submit="Save" isPending={set.isPending} reason={reason()} />
        </Stack>
      </form>
      <ConfirmModal
        isOpen={isAsking}
        onClose={asking.close}
        title="Keep runs for a shorter time"
        confirm="Keep them shorter"
        isDangerous
        isPending={set.isPending}
        error={set.error}
        onConfirm={save}
      >
        Runs that ended more than {plural(next ?? 0, 'day')} ago are removed within an hour. They
        cannot be brought back.
      </ConfirmModal>
    </>
  )
}
