import { MantineProvider } from '@mantine/core'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'

import { SchemaForm } from './SchemaForm'

const SCHEMA = {
  type: 'object',
  properties: {
    bot_token: { type: 'string', writeOnly: true, description: 'The token, `xoxb-…`.' },
    channel: { type: 'string', pattern: '^C' },
  },
  required: ['bot_token', 'channel'],
}

function renderForm(props: object = {}) {
  const onSubmit = vi.fn()
  render(
    <MantineProvider env="test">
      <SchemaForm
        schema={SCHEMA}
        submit="Connect"
        isPending={false}
        error={null}
        errorsUnder="settings"
        onSubmit={onSubmit}
        {...props}
      />
    </MantineProvider>,
  )
  return { onSubmit, user: userEvent.setup() }
}

test('what is filled in is sent', async () => {
  const { onSubmit, user } = renderForm()
  await user.type(screen.getByLabelText(/Bot token/), 'xoxb-1')
  await user.type(screen.getByLabelText(/Channel/), 'C1')
  await user.click(screen.getByRole('button', { name: 'Connect' }))
  expect(onSubmit).toHaveBeenCalledWith({ bot_token: 'xoxb-1', channel: 'C1' })
})

test('what is missing is named and nothing is sent', async () => {
  const { onSubmit, user } = renderForm()
  await user.click(screen.getByRole('button', { name: 'Connect' }))
  expect(screen.getAllByText('This is required.')).toHaveLength(2)
  expect(onSubmit).not.toHaveBeenCalled()
})

test('a secret that is set may stay empty and is never shown', async () => {
  const { onSubmit, user } = renderForm({ known: { bot_token: '********', channel: 'C1' } })
  expect(screen.getByLabelText(/Bot token/)).toHaveValue('')
  await user.click(screen.getByRole('button', { name: 'Connect' }))
  expect(onSubmit).toHaveBeenCalledWith({ channel: 'C1' })
})

test('what the API refuses stands at its field', () => {
  renderForm({
    error: {
      type: '/problems/invalid-input',
      title: 'The input is not valid',
      status: 422,
      code: 'invalid-input',
      errors: [{ pointer: '/settings/channel', detail: 'must begin with C' }],
    },
  })
  expect(screen.getByLabelText(/Channel/)).toBeInvalid()
})

test('settings of any names are one JSON object', async () => {
  const { onSubmit, user } = renderForm({ schema: { type: 'object' } })
  const input = screen.getByLabelText('Settings')
  await user.clear(input)
  await user.click(input)
  await user.paste('{"crm":"s3cret"}')
  await user.click(screen.getByRole('button', { name: 'Connect' }))
  expect(onSubmit).toHaveBeenCalledWith({ crm: 's3cret' })
})
