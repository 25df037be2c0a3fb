import { MantineProvider } from '@mantine/core'
import { Notifications, notifications } from '@mantine/notifications'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'

import { transportProblem } from '~/api/problem'
import { notifyWithUndo, undoLatest } from './notify'

const show = () => {
  render(
    <MantineProvider env="test">
      <Notifications />
    </MantineProvider>,
  )
  return userEvent.setup({ delay: null })
}

beforeEach(() => notifications.clean())

test('what was done is taken back once, with the keyboard', async () => {
  const user = show()
  const undone: string[] = []
  notifyWithUndo('Form closed', async () => undone.push('form'))
  const button = await screen.findByRole('button', { name: 'Undo: Form closed' })
  button.focus()
  await user.keyboard('{Enter}{Enter}')
  expect(await screen.findByText('Undone')).toBeVisible()
  expect(undone).toEqual(['form'])
  await waitFor(() => expect(button).not.toBeInTheDocument())
})

test('the latest is taken back first, and nothing when there is nothing', async () => {
  show()
  const undone: number[] = []
  for (const number of [1, 2]) {
    notifyWithUndo(`Done ${number}`, async () => undone.push(number))
  }
  await screen.findByText('Done 2')
  expect([undoLatest(), undoLatest(), undoLatest()]).toEqual([true, true, false])
  expect(undone).toEqual([2, 1])
})

test('an undo that fails says why', async () => {
  const user = show()
  notifyWithUndo('Client moved', () => Promise.reject(transportProblem(0)))
  await user.click(await screen.findByRole('button', { name: 'Undo: Client moved' }))
  expect(await screen.findByText('The server cannot be reached')).toBeVisible()
})
