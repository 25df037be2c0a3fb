import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import '@mantine/spotlight/styles.layer.css'
import './main.css'

import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'

import { onSignedOut } from '~/api/api'
import { queryClient } from '~/api/queryClient'
import { remedyFor } from '~/api/remedies'
import { onOtherSession } from '~/features/session/otherTabs'
import { renewSession } from '~/features/session/session'
import { askForProof } from '~/features/session/verification'
import { paths } from '~/lib/paths'
import { router } from './routes'
import { cssVariables, theme } from './theme'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
// For the scroll lock under dialogs, which writes a style tag of its own.
setNonce(nonce)

remedyFor('verification-needed', askForProof)
remedyFor('csrf-refused', renewSession)
onOtherSession(renewSession)
onSignedOut(() => {
  const { pathname, search } = router.state.location
  if (pathname === paths.signIn()) return
  queryClient.clear()
  void router.navigate(paths.signIn(pathname + search))
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
