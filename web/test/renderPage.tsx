import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { type ComponentType, Suspense } from 'react'
import { createMemoryRouter, type LoaderFunction, RouterProvider } from 'react-router'
import { queryClient } from '~/api/queryClient'
import type { Session } from '~/features/session/session'
import { RouteError } from '~/shell/RouteError'
import { theme } from '~/theme'
import { owner, sessionHandler } from '~mock/session'
import { server } from './server'

type PageModule = { default: ComponentType; loader?: LoaderFunction }

type Options = {
  /** The page's place in routes.tsx: `/leads/:leadId`. */
  path: string
  /** The address that is visited. */
  at: string
  /** Who is signed in; an owner otherwise. */
  session?: Partial<Session>
}

/** A page with its loader in a router of its own; other addresses show their path. */
export function renderPage(module: PageModule, { path, at, session }: Options) {
  server.use(sessionHandler({ ...owner, ...session }))
  const { default: Page, loader } = module
  const router = createMemoryRouter(
    [
      {
        path,
        ...(loader && { loader }),
        errorElement: <RouteError />,
        hydrateFallbackElement: <p>Starting</p>,
        element: (
          <Suspense fallback={<p>Loading the page</p>}>
            <Page />
          </Suspense>
        ),
      },
      { path: '*', element: <p>Another page</p> },
    ],
    { initialEntries: [at] },
  )
  render(
    <MantineProvider theme={theme} env="test">
      <Notifications />
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
