import { createOpenApiHttp } from 'openapi-msw'

import type { paths } from '~/api/schema.gen'

/** Handlers of the mock server, held to the API's types. */
export const http = createOpenApiHttp<paths>({ baseUrl: window.location.origin })

/** The answer with which a request is refused, as the API gives it. */
export function problem(status: number, code: string, extra: object = {}) {
  return Response.json(
    { type: `/problems/${code}`, title: code.replaceAll('-', ' '), status, code, ...extra },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  )
}
