import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http } from 'msw'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { beforeEach, expect, test, vi } from 'vitest'

import { queryClient } from '~/api/queryClient'
import { requireSession, type Session } from '~/features/session/session'
import { theme } from '~/theme'
import { notifyWithUndo } from '~/ui/notify'
import { http as api, problem } from '~mock/http'
import { owner, sessionHandler } from '~mock/session'
import { server } from '~test/server'
import { wordsOf } from './found'
import { DESTINATIONS, isAt } from './navigation'
import { palette } from './palette'
import { RouteError } from './RouteError'
import { Shell } from './Shell'

class SilentEventSource extends EventTarget {
  close() {}
}

beforeEach(() => {
  vi.stubGlobal('EventSource', SilentEventSource)
})

function visit(at: string, session?: Session) {
  if (session) server.use(sessionHandler(session))
  const router = createMemoryRouter(
    [
      { path: '/sign-in', element: <h1>Sign in</h1> },
      {
        element: <Shell />,
        loader: requireSession,
        errorElement: <RouteError />,
        hydrateFallbackElement: <p>Starting</p>,
        children: [
          { path: '/leads', element: <input aria-label="Search" data-search-filter /> },
          { path: '*', element: <h1>A page</h1> },
        ],
      },
    ],
    { initialEntries: [at] },
  )
  render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  )
  return {
    user: userEvent.setup({ delay: null }),
    address: () => router.state.location.pathname + router.state.location.search,
  }
}

test('whoever is not signed in is led to the sign-in page, and back after it', async () => {
  server.use(http.get('*/v1/session', () => problem(401, 'unauthenticated')))
  const { address } = visit('/leads?status=open')
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeVisible()
  expect(address()).toBe('/sign-in?return=%2Fleads%3Fstatus%3Dopen')
})

test('a server that cannot be reached is not taken for being signed out', async () => {
  server.use(http.get('*/v1/session', () => problem(500, 'internal')))
  const { address } = visit('/leads')
  expect(await screen.findByRole('alert')).toHaveTextContent('internal')
  expect(address()).toBe('/leads')
})

test('what cannot be an id is the id of nothing', async () => {
  const errors = [{ pointer: '/client_id', detail: 'must be an id such as `client_…`' }]
  server.use(http.get('*/v1/session', () => problem(422, 'invalid-input', { errors })))
  visit('/leads')
  expect(await screen.findByRole('heading', { name: 'Not found' })).toBeVisible()
})

test('g and a letter go to a page, unless something is typed', async () => {
  const { user, address } = visit('/clients', owner)
  await screen.findByRole('heading', { name: 'A page' })

  await user.keyboard('gl')
  await waitFor(() => expect(address()).toBe('/leads'))
  const field = await screen.findByRole('textbox', { name: 'Search' })
  await user.keyboard('/gc')
  expect(field).toHaveValue('gc')
  expect(address()).toBe('/leads')
})

test('the keys of undoing undo what a message offers to, unless something is typed', async () => {
  const { user } = visit('/leads', owner)
  const field = await screen.findByRole('textbox', { name: 'Search' })
  let undone = 0
  notifyWithUndo('Form closed', async () => {
    undone += 1
  })
  await user.type(field, '{Control>}z{/Control}')
  expect(undone).toBe(0)
  field.blur()
  await user.keyboard('{Control>}z{/Control}')
  expect(undone).toBe(1)
})

test('the palette finds pages by name, and things by what the server finds', async () => {
  server.use(
    api.get('/v1/search', ({ query, response }) =>
      response(200).json({
        items:
          query.get('text') === 'lea'
            ? [
                {
                  kind: 'invoice',
                  id: 'inv_01h455vb4pex5vsknk084sn02q',
                  title: 'INV-000007',
                  subtitle: 'Leander Ltd',
                  at: '2026-11-20T12:00:00Z',
                },
                {
                  kind: 'event',
                  id: 'evt_1',
                  title: 'lead.created',
                  at: '2026-11-20T12:00:00Z',
                },
              ]
            : [],
      }),
    ),
  )
  const { user, address } = visit('/clients', owner)
  const sidebar = within(await screen.findByRole('complementary', { name: 'Sidebar' }))
  await user.click(sidebar.getByRole('button', { name: /^Search/ }))
  await user.type(screen.getByPlaceholderText(/Find a client/), 'lea')

  expect(screen.getByRole('button', { name: /^Leads/ })).toBeVisible()
  expect(screen.queryByRole('button', { name: /^Settings/ })).not.toBeInTheDocument()
  await user.click(await screen.findByRole('button', { name: /INV-000007/ }))
  await waitFor(() => expect(address()).toBe('/invoices/inv_01h455vb4pex5vsknk084sn02q'))
  expect(screen.queryByText('lead.created')).not.toBeInTheDocument()
})

test('what is typed before the palette has the focus is typed in it, and presses nothing', async () => {
  const { user, address } = visit('/leads', owner)
  const filter = await screen.findByRole('textbox', { name: 'Search' })
  const pressed = vi.fn()
  document.addEventListener('keydown', pressed)
  filter.blur()
  act(() => palette.open())
  fireEvent.keyDown(document.body, { key: 'g' })
  fireEvent.keyDown(document.body, { key: 'Enter' })
  fireEvent.keyDown(document.body, { key: 'h' })
  document.removeEventListener('keydown', pressed)

  expect(pressed).not.toHaveBeenCalled()
  const field = await screen.findByPlaceholderText(/Find a client/)
  await waitFor(() => expect(field).toHaveFocus())
  await user.keyboard('i')
  expect(field).toHaveValue('ghi')
  expect(address()).toBe('/leads')
  act(() => palette.close())
})

test('the navigation says where we are', async () => {
  visit('/leads', owner)
  const main = await screen.findByRole('navigation', { name: 'Main' })
  expect(within(main).getByRole('link', { name: 'Leads' })).toHaveAttribute('aria-current', 'page')
  expect(within(main).getByRole('link', { name: 'Today' })).not.toHaveAttribute('aria-current')
})

test('another tenant can be chosen, and one must be where none is', async () => {
  const chosen: unknown[] = []
  const other = {
    tenant_id: 'tenant_2',
    name: 'Difference Engines',
    slug: 'diff',
    role: 'staff',
  } as const
  server.use(
    http.put('*/v1/session/tenant', async ({ request }) => {
      chosen.push(await request.json())
      return problem(403, 'forbidden')
    }),
  )
  const { tenant: _, ...nowhere } = owner
  const { user } = visit('/clients', { ...nowhere, tenants: [...owner.tenants, other] })
  expect(await screen.findByRole('heading', { name: 'Choose a tenant' })).toBeVisible()
  await user.click(screen.getByRole('button', { name: /Difference Engines/ }))
  await waitFor(() => expect(chosen).toEqual([{ tenant_id: 'tenant_2' }]))
})

test('no two pages have the same shortcut, and only Today is at the root', () => {
  const keys = DESTINATIONS.map(({ shortcut }) => shortcut)
  expect(new Set(keys).size).toBe(keys.length)
  expect(isAt('/leads/lead_1', '/leads')).toBe(true)
  expect(isAt('/leads', '/')).toBe(false)
  expect(isAt('/leadsmore', '/leads')).toBe(false)
})

test('words of the API are words in what was found', () => {
  expect(wordsOf('Acme Ltd, contract_signed')).toBe('Acme Ltd, contract signed')
  expect(wordsOf('a_b@example.com')).toBe('a_b@example.com')
})
