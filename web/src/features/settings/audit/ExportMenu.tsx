import { Button, Group, Modal, SegmentedControl, Select, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'

import { type ExportFormat, exportAddress } from './queries'

const DAY_MS = 86_400_000
const PERIODS = [
  { value: '30', label: 'The last 30 days' },
  { value: '365', label: 'The last year' },
  { value: 'all', label: 'From the beginning' },
] as const

type Period = (typeof PERIODS)[number]['value']

export function ExportMenu() {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button variant="default" leftSection={<IconDownload size={15} aria-hidden />} onClick={open}>
        Export…
      </Button>
      <Modal opened={isOpen} onClose={close} title="Export the audit log">
        <Choice onDone={close} />
      </Modal>
    </>
  )
}

function Choice({ onDone }: { onDone: () => void }) {
  const [format, setFormat] = useState<ExportFormat>('csv')
  const [period, setPeriod] = useState<Period>('30')
  const [now] = useState(() => Date.now())
  const since = period === 'all' ? undefined : new Date(now - Number(period) * DAY_MS).toISOString()
  return (
    <Stack gap="sm">
      <Select
        label="Entries of"
        data={[...PERIODS]}
        value={period}
        onChange={(value) => setPeriod(PERIODS.find((it) => it.value === value)?.value ?? '30')}
      />
      <SegmentedControl
        aria-label="Format"
        data={[
          { value: 'csv', label: 'CSV, for spreadsheets' },
          { value: 'json', label: 'JSON, for programs' },
        ]}
        value={format}
        onChange={(value) => setFormat(value === 'json' ? 'json' : 'csv')}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button component="a" href={exportAddress(format, since)} download onClick={onDone}>
          Download
        </Button>
      </Group>
    </Stack>
  )
}
