import { builtinEnvironments, type Environment } from 'vitest/runtime'

/** jsdom, but with Node's own way to abort: Node's `fetch` refuses the signals of jsdom. */
const environment: Environment = {
  ...builtinEnvironments.jsdom,
  name: 'jsdom-with-fetch',
  async setup(global, options) {
    const { AbortController, AbortSignal } = global
    const jsdom = await builtinEnvironments.jsdom.setup(global, options)
    Object.assign(global, { AbortController, AbortSignal })
    return jsdom
  },
}

export default environment
