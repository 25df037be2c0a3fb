import { MantineProvider } from '@mantine/core'
import { Notifications, notifications } from '@mantine/notifications'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'

import { server } from '~test/server'
import { notifySwitched } from './switched'

const version = { version: '1.0.0', digest: 'd1', in_use: true, shipped: false, open_runs: 0 }

/** What the server is asked after a version of a flow was switched and that was undone. */
const undo = async (versions: Parameters<typeof notifySwitched>[1]) => {
  const asked: unknown[] = []
  server.use(
    http.post('*/v1/flows/:flow/:what', async ({ params, request }) => {
      asked.push([params.what, await request.text()])
      return HttpResponse.json({})
    }),
  )
  render(
    <MantineProvider env="test">
      <Notifications />
    </MantineProvider>,
  )
  await notifySwitched('greet', versions, 'Switched')
  await userEvent.click(await screen.findByRole('button', { name: 'Undo: Switched' }))
  await screen.findByText('Undone')
  return asked
}

beforeEach(() => notifications.clean())

test('what was used before is used again', async () => {
  const newer = { ...version, version: '2.0.0', digest: 'd2', in_use: false }
  expect(await undo([newer, version])).toEqual([['activate', '{"version":"d1"}']])
})

test('a flow that was off is switched off again', async () => {
  expect(await undo([{ ...version, in_use: false }])).toEqual([['switch-off', '']])
})
