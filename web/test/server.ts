import { setupServer } from 'msw/node'

import { optionsHandler } from '~mock/session'

/** The mock server of a test file: `server.use(http.get(…))` in each test. */
export const server = setupServer(optionsHandler())
