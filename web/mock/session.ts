import { HttpResponse, http } from 'msw'
import type { Session } from '~/features/session/session'

export const owner: Session = {
  state: 'signed_in',
  person: {
    person_id: 'person_01h455vb4pex5vsknk084sn02q',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    has_password: true,
    has_totp: false,
    has_passkey: false,
    has_provider: false,
  },
  tenant: {
    tenant_id: 'tenant_01h455vb4pex5vsknk084sn02q',
    name: 'Analytical Engines',
    slug: 'engines',
    time_zone: 'Europe/London',
    home_currency: 'GBP',
  },
  tenants: [
    {
      tenant_id: 'tenant_01h455vb4pex5vsknk084sn02q',
      name: 'Analytical Engines',
      slug: 'engines',
      role: 'owner',
    },
  ],
  role: 'owner',
  permissions: ['read:clients', 'read:leads', 'write:leads', 'read:deliverables'],
  needs_second_factor: false,
  csrf_token: 'csrf-of-the-test',
  expires_at: '2026-12-24T12:00:00Z',
}

export function sessionHandler(session: Session) {
  return http.get('*/v1/session', () => HttpResponse.json(session))
}

/** The ways to sign in: without a name, by password alone. */
export function optionsHandler(name?: string) {
  return http.get('*/v1/session/options', () =>
    HttpResponse.json(name ? { provider: { name } } : {}),
  )
}
