import { expect, test } from 'vitest'

import type { Schemas } from '~/api/api'
import { changesOf, fieldsOf, takeOver } from './edited'

const client: Schemas['ClientView'] = {
  client_id: 'client_1',
  company_name: 'TechFlow',
  email: 'ada@example.com',
  phone: '+1-555-0123',
  stage: 'intake',
  stage_since: '2026-11-20T12:00:00Z',
  created_at: '2026-11-20T12:00:00Z',
  updated_at: '2026-11-20T12:00:00Z',
}
const typed = (fields: Partial<ReturnType<typeof fieldsOf>>) => ({ ...fieldsOf(client), ...fields })

test('only what was changed is sent, and what was emptied as null', () => {
  expect(changesOf(typed({}), client)).toEqual({})
  expect(changesOf(typed({ company_name: ' TechFlow ', contact_name: '  ' }), client)).toEqual({})
  expect(
    changesOf(typed({ email: ' bob@example.com', phone: ' ', industry: 'SaaS' }), client),
  ).toEqual({
    email: 'bob@example.com',
    phone: null,
    industry: 'SaaS',
  })
})

test('what somebody else saved is taken over, but not over what was typed', () => {
  const now = { ...client, company_name: 'TechFlow Ltd', industry: 'Banking' }
  const { phone: _, ...withoutPhone } = now
  const { values, contested } = takeOver(
    typed({ industry: 'Farming', phone: '+1-555-9999', contact_name: 'Ada' }),
    client,
    withoutPhone,
  )
  expect(values).toEqual({
    company_name: 'TechFlow Ltd',
    email: 'ada@example.com',
    contact_name: 'Ada',
    phone: '+1-555-9999',
    industry: 'Farming',
  })
  expect(contested).toEqual({ industry: 'Banking', phone: '' })
})

test('who typed the same as somebody else saved is asked nothing', () => {
  const now = { ...client, industry: 'Banking' }
  expect(takeOver(typed({ industry: 'Banking ' }), client, now).contested).toEqual({})
})
