/** The sandbox's own interface, `/_sandbox`, which is no part of the API. */
export type Provider = {
  provider: string
  /** The connector that speaks to it. */
  connector: string | null
  /** What a connection to it is set to. */
  settings: Record<string, unknown> | null
  path: string
  requests: number
  /** What it can be told to do wrong. */
  faults: string[]
}

export type Fault = {
  what: string
  status?: number
  retry_after?: string
  after_effect?: boolean
  /** For `slow`. */
  ms?: number
  /** How many requests meet it. */
  times?: number
  seconds?: number
  /** The share of requests that meet it, from 0 to 1. */
  probability?: number
  path?: string
}

/** A fault on the board. */
export type ArmedFault = Fault & { hits: number; active: boolean }

export type LedgerEntry = {
  number: number
  time: string
  provider: string
  method: string
  path: string
  key: string | null
  effect: string
  /** Null when no answer left. */
  status: number | null
  fault: string | null
  request: unknown
  answer: unknown
}

type Refused = {
  content: { 'application/problem+json': { title: string; status: number; detail: string } }
}
type Json<Body> = { content: { 'application/json': Body } }
type Nothing = { query?: never; header?: never; path?: never; cookie?: never }
type OfProvider = { query?: never; header?: never; path: { provider: string }; cookie?: never }

export type SandboxPaths = {
  '/_sandbox/providers': {
    get: { parameters: Nothing; responses: { 200: Json<{ items: Provider[] }>; 404: Refused } }
  }
  '/_sandbox/ledger': {
    get: {
      parameters: {
        query: { provider: string; format: 'json'; after?: number }
        header?: never
        path?: never
        cookie?: never
      }
      responses: { 200: Json<LedgerEntry[]>; 404: Refused }
    }
  }
  '/_sandbox/intakes': {
    post: {
      parameters: Nothing
      requestBody?: Json<Record<string, unknown>>
      responses: {
        200: Json<{ event_id: string; company_name: string }>
        409: Refused
        422: Refused
      }
    }
  }
  '/_sandbox/faults': {
    get: {
      parameters: Nothing
      responses: { 200: Json<Record<string, ArmedFault[]>>; 404: Refused }
    }
    delete: { parameters: Nothing; responses: { 204: { content?: never }; 404: Refused } }
  }
  '/_sandbox/faults/{provider}': {
    put: {
      parameters: OfProvider
      requestBody: Json<Fault[]>
      responses: {
        200: Json<{ provider: string; faults: ArmedFault[] }>
        404: Refused
        422: Refused
      }
    }
    delete: { parameters: OfProvider; responses: { 204: { content?: never }; 404: Refused } }
  }
}
