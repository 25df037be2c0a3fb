import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'

import type { Schemas } from '~/api/api'
import { http, problem } from '~mock/http'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as page from './PromptPage'
import { PublishModal } from './PublishModal'

const prompt: Schemas['PromptDetail'] = {
  name: 'copywriting',
  title: 'Copywriting',
  version: 1,
  own_version: 2,
  label: 'copywriting@1+own.2',
  variables: ['company_name'],
  required: ['company_name'],
  max_tokens: 16_000,
  is_shipped: true,
  text: '+++\nversion = 1\n+++\n',
  schema: { type: 'object' },
  versions: [],
}
const versions: Schemas['PromptVersion'][] = [
  { version: '2', label: 'copywriting@1+own.2', in_use: true, note: 'shorter' },
  { version: 'shipped', label: 'copywriting@1', in_use: false },
]
const sent: unknown[] = []

beforeEach(() => {
  sent.length = 0
  server.use(
    http.get('/v1/prompts/{name}', ({ response }) => response(200).json(prompt)),
    http.get('/v1/prompts/{name}/versions', ({ response }) =>
      response(200).json({ items: versions }),
    ),
  )
})

const visit = (permissions: ('read:flows' | 'write:flows')[]) =>
  renderPage(page, {
    path: '/settings/prompts/:name',
    at: '/settings/prompts/copywriting',
    session: { permissions },
  })

const row = async (name: string) => {
  const table = within(await screen.findByRole('table', { name: 'Versions' }))
  return within(table.getByRole('row', { name: new RegExp(name) }))
}

test('the versions are shown, and another is taken into use after asking', async () => {
  server.use(
    http.post('/v1/prompts/{name}/roll-back', async ({ request, response }) => {
      sent.push(await request.json())
      return response(200).json({ version: 'shipped', label: 'copywriting@1', in_use: true })
    }),
  )
  const { user } = visit(['read:flows', 'write:flows'])
  const own = await row('shorter')
  expect(own.getByText('In use')).toBeVisible()
  expect(own.getByRole('button', { name: 'Roll back' })).toHaveAttribute('aria-disabled', 'true')
  await user.click((await row('Shipped')).getByRole('button', { name: 'Roll back' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(sent).toEqual([])
  await user.click(dialog.getByRole('button', { name: 'Roll back' }))
  await waitFor(() => expect(sent).toEqual([{ version: 'shipped' }]))
  expect(await screen.findByText('copywriting@1 is in use')).toBeVisible()
})

test('who may not write flows is told why nothing can be changed', async () => {
  visit(['read:flows'])
  const shipped = await row('Shipped')
  expect(shipped.getByRole('button', { name: 'Roll back' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  expect(screen.getByRole('button', { name: 'Edit' })).toHaveAttribute('aria-disabled', 'true')
})

test('a text that a release cannot use is told on its page', async () => {
  server.use(
    http.get('/v1/prompts/{name}', ({ response }) =>
      response(200).json({ ...prompt, unusable: 'line 3: it is wrong' }),
    ),
  )
  visit(['read:flows'])
  expect(await screen.findByText(/line 3: it is wrong/)).toBeVisible()
})

test('what somebody else published meanwhile is compared before it is replaced', async () => {
  server.use(
    http.post('/v1/prompts/{name}/versions', async ({ request, response }) => {
      sent.push(await request.json())
      return response.untyped(
        problem(409, 'changed-meanwhile', { detail: 'copywriting@1+own.3 is in use now' }),
      )
    }),
  )
  const onCompare = vi.fn()
  const modal = () => (
    <PublishModal
      isOpen
      onClose={() => {}}
      name="copywriting"
      title="Copywriting"
      text="mine"
      seenLabel="copywriting@1+own.2"
      onPublished={() => {}}
      onCompare={onCompare}
    />
  )
  const { user } = renderPage({ default: modal }, { path: '/', at: '/' })
  const dialog = within(await screen.findByRole('dialog', { name: 'Publish Copywriting' }))
  await user.type(dialog.getByLabelText('What changed'), 'louder')
  await user.click(dialog.getByRole('button', { name: 'Publish' }))
  expect(await dialog.findByText('Copywriting@1+own.3 is in use now.')).toBeVisible()
  expect(sent).toEqual([{ text: 'mine', seen_label: 'copywriting@1+own.2', note: 'louder' }])
  await user.click(dialog.getByRole('button', { name: 'Compare with theirs' }))
  expect(onCompare).toHaveBeenCalled()
})
