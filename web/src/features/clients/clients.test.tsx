import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import type { Schemas } from '~/api/api'
import { http, problem } from '~mock/http'
import { renderPage } from '~test/renderPage'
import { server } from '~test/server'
import * as page from './ClientsPage'

const ada: Schemas['ClientView'] = {
  client_id: 'client_01h455vb4pex5vsknk084sn02q',
  company_name: 'Ada & Co',
  contact_name: 'Ada Lovelace',
  email: 'ada@example.com',
  stage: 'proposal',
  stage_since: '2026-11-20T12:00:00Z',
  created_at: '2026-11-20T12:00:00Z',
  updated_at: '2026-11-21T12:00:00Z',
}
const grace: Schemas['ClientView'] = {
  ...ada,
  client_id: 'client_01h455vb4pex5vsknk084sn02r',
  company_name: 'Hopper Ltd',
  email: 'grace@example.com',
  stage: 'paid',
}

const visit = (search = '') => renderPage(page, { path: '/clients', at: `/clients${search}` })

test('each client is a link to its page, with its stage', async () => {
  server.use(http.get('/v1/clients', ({ response }) => response(200).json({ items: [ada, grace] })))
  const { user, address } = visit()

  const table = await screen.findByRole('table', { name: 'Clients' })
  expect(within(table).getByText('Proposal')).toBeVisible()
  await user.click(within(table).getByRole('link', { name: 'Ada & Co' }))
  expect(address()).toBe(`/clients/${ada.client_id}`)
})

test('j and k move along the rows, and Enter opens one', async () => {
  server.use(http.get('/v1/clients', ({ response }) => response(200).json({ items: [ada, grace] })))
  const { user, address } = visit()
  await screen.findByRole('table', { name: 'Clients' })

  await user.keyboard('jjjk')
  expect(screen.getByRole('link', { name: 'Ada & Co' })).toHaveFocus()
  await user.keyboard('j{Enter}')
  expect(address()).toBe(`/clients/${grace.client_id}`)
})

test('filters are asked of the server and stand in the address', async () => {
  const asked: string[] = []
  server.use(
    http.get('/v1/clients', ({ request, response }) => {
      const { searchParams } = new URL(request.url)
      asked.push(`${searchParams.get('stage')} ${searchParams.get('text')}`)
      return response(200).json({ items: searchParams.has('text') ? [] : [ada] })
    }),
  )
  const { user, address } = visit('?stage=proposal')
  await screen.findByRole('link', { name: 'Ada & Co' })

  await user.type(screen.getByRole('searchbox'), 'nobody')
  expect(await screen.findByText('No client fits the filters')).toBeVisible()
  expect(asked).toEqual(['proposal null', 'proposal nobody'])
  expect(address()).toBe('/clients?stage=proposal&text=nobody')

  await user.click(screen.getByRole('button', { name: 'Clear filters' }))
  expect(await screen.findByRole('link', { name: 'Ada & Co' })).toBeVisible()
  expect(address()).toBe('/clients')
  expect(screen.getByRole('searchbox')).toHaveValue('')
})

test('clients of several stages are listed in another order', async () => {
  const asked: string[] = []
  server.use(
    http.get('/v1/clients', ({ query, response }) => {
      asked.push(`${query.get('stage')} ${query.get('sort')}`)
      return response(200).json({ items: [ada] })
    }),
  )
  const { user, address } = visit('?stage=proposal')
  await screen.findByRole('link', { name: 'Ada & Co' })

  await user.click(screen.getByRole('combobox', { name: 'Stage' }))
  await user.click(await screen.findByRole('option', { name: 'Paid' }))
  await waitFor(() => expect(asked).toContain('proposal,paid null'))
  await user.click(screen.getByRole('combobox', { name: 'Order' }))
  await user.click(await screen.findByRole('option', { name: 'By name' }))
  await waitFor(() => expect(asked).toContain('proposal,paid name'))
  expect(address()).toBe('/clients?stage=proposal%2Cpaid&sort=name')
})

test('the next page is added to the first', async () => {
  const cursor = 'a'.repeat(22)
  server.use(
    http.get('/v1/clients', ({ query, response }) =>
      response(200).json(
        query.get('cursor') === cursor ? { items: [grace] } : { items: [ada], next_cursor: cursor },
      ),
    ),
  )
  const { user } = visit()

  await user.click(await screen.findByRole('button', { name: 'Load more' }))
  expect(await screen.findByRole('link', { name: 'Hopper Ltd' })).toBeVisible()
  expect(screen.getByRole('link', { name: 'Ada & Co' })).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Load more' })).not.toBeInTheDocument()
})

test('without clients it says where they come from', async () => {
  server.use(http.get('/v1/clients', ({ response }) => response(200).json({ items: [] })))
  visit()
  expect(await screen.findByText('No clients yet')).toBeVisible()
})

test('what is not permitted is said, and not offered again', async () => {
  server.use(http.get('/v1/clients', ({ response }) => response.untyped(problem(403, 'forbidden'))))
  visit()
  expect(await screen.findByRole('alert')).toHaveTextContent('forbidden')
  expect(screen.queryByRole('button', { name: 'Try again' })).not.toBeInTheDocument()
})

test('a failure names its code and request, and can be tried again', async () => {
  let isBroken = true
  server.use(
    http.get('/v1/clients', ({ response }) =>
      isBroken
        ? response.untyped(problem(500, 'internal', { request_id: 'req_1' }))
        : response(200).json({ items: [ada] }),
    ),
  )
  const { user } = visit()

  expect(await screen.findByRole('alert')).toHaveTextContent('req_1')
  isBroken = false
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('link', { name: 'Ada & Co' })).toBeVisible()
})
