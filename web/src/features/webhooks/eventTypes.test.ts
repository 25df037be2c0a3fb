import { expect, test } from 'vitest'

import { covers, EVENT_GROUPS, groupToggled, otherTypes, toggled, typeOptions } from './eventTypes'

test('a type is covered by itself, by its beginnings and by everything', () => {
  expect(covers(['lead.created'], 'lead.created')).toBe(true)
  expect(covers(['flow.*'], 'flow.run.faulted')).toBe(true)
  expect(covers(['*'], 'invoice.paid')).toBe(true)
  expect(covers(['lead.*', 'invoice.paid'], 'leads.created')).toBe(false)
  expect(covers([], 'lead.created')).toBe(false)
})

test('types go in and out', () => {
  expect(toggled(['a.b'], 'c.d')).toEqual(['a.b', 'c.d'])
  expect(toggled(['a.b', 'c.d'], 'a.b')).toEqual(['c.d'])
})

test('a whole group replaces its single types', () => {
  const leads = EVENT_GROUPS.find(({ prefix }) => prefix === 'lead')
  if (!leads) throw new Error('there is no group of leads')
  expect(groupToggled(['lead.created', 'invoice.paid'], leads)).toEqual(['invoice.paid', 'lead.*'])
  expect(groupToggled(['invoice.paid', 'lead.*'], leads)).toEqual(['invoice.paid'])
})

test('types of flows are kept apart from the known ones', () => {
  expect(otherTypes(['*', 'lead.*', 'lead.created', 'order.placed', 'order.*'])).toEqual([
    'order.placed',
    'order.*',
  ])
  expect(typeOptions('order.placed')[0]?.value).toBe('order.placed')
})

test('each type belongs to its group', () => {
  for (const { prefix, types } of EVENT_GROUPS) {
    for (const { type } of types) expect(type.startsWith(`${prefix}.`)).toBe(true)
  }
})
