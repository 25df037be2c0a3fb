import { Button, NumberInput, Select, Stack } from '@mantine/core'
import { IconBolt } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'

import { FormError } from '~/ui/FormError'
import type { Fault } from './contract'
import classes from './Faults.module.css'
import { choicesOf, describe } from './faults'

type FaultFormProps = {
  known: readonly string[]
  isPending: boolean
  error: unknown
  onArm: (fault: Fault) => void
}

const USUAL = { status: 500, seconds: 5, times: 1 }

export function FaultForm({ known, isPending, error, onArm }: FaultFormProps) {
  const choices = choicesOf(known)
  const [what, setWhat] = useState(choices[0]?.value ?? 'status')
  const [times, setTimes] = useState<number | string>(USUAL.times)
  const [status, setStatus] = useState<number | string>(USUAL.status)
  const [seconds, setSeconds] = useState<number | string>(USUAL.seconds)
  const arm = (event: FormEvent) => {
    event.preventDefault()
    onArm({
      what,
      ...(what === 'status' && { status: Number(status) }),
      ...(what === 'slow' && { ms: Math.round(Number(seconds) * 1_000) }),
      ...(times !== '' && { times: Number(times) }),
    })
  }
  return (
    <form onSubmit={arm}>
      <Stack gap="xs">
        <div className={classes.switches}>
          <Select
            className={classes.what ?? ''}
            label="What goes wrong"
            data={choices}
            value={what}
            onChange={(chosen) => setWhat(chosen ?? what)}
            searchable
          />
          {what === 'status' && (
            <NumberInput
              className={classes.number ?? ''}
              label="Status"
              min={400}
              max={599}
              required
              value={status}
              onChange={setStatus}
            />
          )}
          {what === 'slow' && (
            <NumberInput
              className={classes.number ?? ''}
              label="Seconds"
              min={0.1}
              max={600}
              required
              value={seconds}
              onChange={setSeconds}
            />
          )}
          <NumberInput
            className={classes.number ?? ''}
            label="Requests"
            placeholder="All"
            min={1}
            allowDecimal={false}
            value={times}
            onChange={setTimes}
          />
          <Button
            type="submit"
            variant="default"
            loading={isPending}
            leftSection={<IconBolt size={15} aria-hidden />}
          >
            Switch on
          </Button>
        </div>
        <div className={classes.means}>
          {describe(what).means} {times === '' ? 'Until it is taken away.' : 'Then it works again.'}
        </div>
        <FormError error={error} />
      </Stack>
    </form>
  )
}
