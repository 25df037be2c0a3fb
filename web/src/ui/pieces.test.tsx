import { MantineProvider } from '@mantine/core'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { expect, test, vi } from 'vitest'

import { ActionButton } from './ActionButton'
import { ConfirmModal } from './ConfirmModal'
import { shortId } from './CopyButton'
import { DataTable } from './DataTable'
import { ExternalLink } from './ExternalLink'
import { JsonView } from './JsonView'
import { StatusBadge } from './StatusBadge'
import { Time } from './Time'

function show(piece: ReactNode) {
  render(<MantineProvider env="test">{piece}</MantineProvider>)
  return userEvent.setup()
}

test('JSON opens and closes, and a search opens what holds it', async () => {
  const value = { a: { b: { deep: 'needle' } }, list: Array.from({ length: 80 }, (_, i) => i) }
  const user = show(<JsonView label="Payload" value={value} depth={1} />)

  expect(screen.queryByText('needle')).not.toBeInTheDocument()
  await user.type(screen.getByRole('textbox', { name: 'Search Payload' }), 'NEEDLE')
  expect(screen.getByText('needle', { selector: 'mark' })).toBeVisible()
  expect(screen.getByRole('status')).toHaveTextContent('1 found')

  await user.clear(screen.getByRole('textbox'))
  await user.click(screen.getByRole('button', { name: /^list/ }))
  expect(screen.getByText('79')).toBeVisible()
})

test('JSON of a client is text, whatever it holds', () => {
  show(<JsonView value={{ name: '<img src=x onerror=alert(1)>' }} />)
  expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeVisible()
  expect(document.querySelector('img')).toBeNull()
})

test('what cannot be taken back asks for a word first', async () => {
  const onConfirm = vi.fn()
  const user = show(
    <ConfirmModal
      isOpen
      onClose={() => {}}
      title="Forget the client"
      confirm="Forget"
      onConfirm={onConfirm}
      isPending={false}
      typed="ADA"
    >
      Nothing of it is kept.
    </ConfirmModal>,
  )
  const dialog = within(screen.getByRole('dialog', { name: 'Forget the client' }))
  expect(dialog.getByRole('button', { name: 'Forget' })).toBeDisabled()
  await user.type(dialog.getByLabelText('Type ADA to go on'), 'ADA{Enter}')
  expect(onConfirm).toHaveBeenCalledOnce()
})

test('a button with a reason cannot be pressed, and says why', async () => {
  const onClick = vi.fn()
  const user = show(
    <ActionButton reason="The run has ended." onClick={onClick}>
      Cancel run
    </ActionButton>,
  )
  await user.tab()
  expect(screen.getByRole('button', { name: 'Cancel run' })).toHaveFocus()
  expect(await screen.findByText('The run has ended.')).toBeVisible()
  await user.keyboard('{Enter}')
  expect(onClick).not.toHaveBeenCalled()
})

test('only addresses of the web become links', () => {
  show(
    <>
      <ExternalLink href="https://example.com/a">Good</ExternalLink>
      <ExternalLink href="data:text/html,x">Bad</ExternalLink>
    </>,
  )
  expect(screen.getByRole('link', { name: /Good/ })).toHaveAttribute('rel', 'noreferrer')
  expect(screen.queryByRole('link', { name: /Bad/ })).not.toBeInTheDocument()
})

test('a table without rows shows what it is given for that', () => {
  show(
    <DataTable label="Rows" rows={[]} columns={[]} rowKey={() => ''} empty={<p>Nothing here</p>} />,
  )
  expect(screen.getByText('Nothing here')).toBeVisible()
  expect(screen.queryByRole('table')).not.toBeInTheDocument()
})

test('a word that is not known is shown as it is', () => {
  show(<StatusBadge status="proposal_sent" />)
  expect(screen.getByText('Proposal sent')).toBeVisible()
})

test('a time has its exact instant on hover', () => {
  show(<Time at="2020-01-02T03:04:05Z" />)
  const time = document.querySelector('time')
  expect(time).toHaveAttribute('dateTime', '2020-01-02T03:04:05Z')
  expect(time?.title).toContain('2020-01-02T03:04:05Z')
})

test('ids keep their kind and their end', () => {
  expect(shortId('run_01h455vb4pex5vsknk084sn02q')).toBe('run_…4sn02q')
  expect(shortId('flow_a')).toBe('flow_a')
})
