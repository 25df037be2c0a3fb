/** As much of `oidc-provider`, which brings no types, as the tests use. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  // biome-ignore lint/style/noDefaultExport: the package exports it so
  export default class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
  }
}
